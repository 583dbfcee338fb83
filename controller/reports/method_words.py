"""How verdicts are made, in words a leader can read and a provider can check."""

from fractions import Fraction

from controller.language import N_, Language
from controller.reports.columns import Form, written
from controller.reports.content import ReportContent


def tolerance(content: ReportContent, lang: Language) -> list[str]:
    """The tolerance in words, or that none was adopted; and the second column."""
    say = lang.gettext
    told = [
        say(
            N_(
                "The plans allow no tolerance, while a sound line yields less than its name."
                " The tolerance is therefore a policy that a bureau adopts, named and dated:"
            )
        )
    ]
    for one in content.tolerances:
        shares = {"test": _percent(one.test_share), "passes": _percent(one.pass_share)}
        rule = say(
            N_("a test passes from {test} of the target on, and {passes} of the tests must pass.")
        ).format(**shares)
        if one.adopted_on is None:
            adopted = say(N_("{name}: no bureau has adopted it, it is assumed;")).format(
                name=one.name
            )
        else:
            adopted = say(N_("{name}, adopted by {by} on {day} {number};")).format(
                name=one.name,
                by=one.adopted_by,
                day=lang.day(one.adopted_on),
                number=one.document_number,
            )
        told.append(f"{adopted}{_space(lang)}{rule}")
    told.append(
        say(
            N_(
                "A second column shows what comes out where a test has to reach all of the target,"
                " without tolerance."
            )
        )
    )
    return told


def method(content: ReportContent, lang: Language) -> list[str]:
    """The four findings, when data suffice, what nobody knows, and how it is made again."""
    say, rests = lang.gettext, content.evidence
    presence = _percent(rests.presence)
    told = [
        say(
            N_(
                "Every target of a school has four findings, each direction by itself: the"
                " contract and its port (provisioned), active tests in school hours (delivered),"
                " probes in school hours (available), and what the uplink carries (sufficient)."
                " A target is as good as the worst of the first three, a school as its worst"
                " target. Sufficiency shows demand and worsens nothing."
            )
        ),
        say(
            N_(
                "Tests suffice from {tests} a direction on {days} school days, in every school hour"
                " and {presence} of those scheduled. A finding is compliant or non-compliant only"
                " where that is sure: exact binomial, one-sided 95 %. Between, it is marginal."
            )
        ).format(tests=rests.fewest_tests, days=rests.fewest_days, presence=presence),
        say(
            N_(
                "A line is available when {share} of the probes in school hours are answered, and"
                " quick when {quick} of the round trips take no more than {latency} ms."
            )
        ).format(
            share=_percent(rests.availability),
            quick=_percent(rests.latency_share),
            latency=written(rests.latency, Form.latency, lang),
        ),
        say(
            N_(
                "A dead line is a failed test. An absent agent is missing data: neither passed nor"
                " failed. Where agent, test server or cap are slower than the target, the line is"
                " not testable, never a failure."
            )
        ),
        say(N_("Method {method}, program version {version}. To make the verdicts again:")).format(
            method=rests.method, version=rests.controller or "—"
        )
        + f" {rests.command}",
    ]
    if len(rests.bundles) == 1:
        text = say(N_("SHA-256 of the evidence: {sha256}")).format(sha256=rests.bundles[0].sha256)
    elif rests.bundles:
        text = say(N_("The evidence is in {count} bundles; an annex has the SHA-256 of each."))
        text = text.format(count=len(rests.bundles))
    elif content.head.is_draft:
        text = say(N_("The evidence is kept with the issued edition; this is a preview."))
    else:
        return told
    return [*told, text]


def _percent(share: str) -> str:
    """``4/5`` as ``80%``."""
    return f"{float(Fraction(share)) * 100:g}%"


def _space(lang: Language) -> str:
    return " " if lang.code == "en" else ""
