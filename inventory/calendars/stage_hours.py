"""School hours that are shipped for each stage: what holds where no bureau has said anything.

They are ordinary hours of Chinese schools and no rule of any plan. Lessons do not begin before
8:20 at primary and 8:00 at secondary schools (教育部办公厅关于进一步加强中小学生睡眠管理工作的通知,
2021). Evenings count at schools whose students board, from Sunday to Thursday.
"""

from datetime import date
from functools import cache

from inventory.calendars.calendar import HoursEntry, Layer, Span, Week
from inventory.models.organisation import Stage

#: The id of an entry of these hours begins like this.
SHIPPED = "shipped"
#: Grows when the hours below change.
_REVISION = 1


def _at(hour: int, minute: int = 0) -> int:
    return 60 * hour + minute


_LESSONS: dict[Stage, tuple[Span, ...]] = {
    Stage.kindergarten: ((_at(8), _at(11, 30)), (_at(14, 30), _at(16, 30))),
    Stage.primary: ((_at(8, 20), _at(11, 40)), (_at(13, 40), _at(16, 10))),
    Stage.junior_secondary: ((_at(8), _at(11, 50)), (_at(13, 50), _at(17))),
    Stage.nine_year: ((_at(8), _at(11, 50)), (_at(13, 50), _at(17))),
    Stage.senior_secondary: ((_at(8), _at(12)), (_at(14), _at(17, 30))),
    Stage.vocational: ((_at(8), _at(11, 50)), (_at(14), _at(16, 40))),
    Stage.special: ((_at(8, 30), _at(11, 30)), (_at(13, 30), _at(15, 30))),
}
_EVENINGS: dict[Stage, tuple[Span, ...]] = {
    Stage.kindergarten: (),
    Stage.primary: ((_at(18, 30), _at(19, 30)),),
    Stage.junior_secondary: ((_at(18, 30), _at(20, 30)),),
    Stage.nine_year: ((_at(18, 30), _at(20, 30)),),
    Stage.senior_secondary: ((_at(18, 30), _at(21, 30)),),
    Stage.vocational: ((_at(18, 30), _at(20, 30)),),
    Stage.special: ((_at(18, 30), _at(19, 30)),),
}


@cache
def shipped_hours(stage: Stage) -> Layer:
    """The last layer of every calendar of that stage; no students board by it."""
    lessons, evenings = _LESSONS[stage], _EVENINGS[stage]
    school_week: Week = (lessons,) * 5 + ((), ())
    boarding_week: Week = (evenings,) * 4 + ((), (), evenings)
    entry = HoursEntry(
        id=f"{SHIPPED}/{stage.value}",
        revision=_REVISION,
        first_day=date.min,
        lessons=school_week,
        evenings=boarding_week,
        boards=False,
    )
    return Layer(owner="", hours=(entry,))
