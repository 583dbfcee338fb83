"""A projector from the wish of a school to the scrap dealer, in a browser, as the real roles."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.e2e.conftest import Watched, cookies_of
from tests.e2e.district import URBAN
from tests.e2e.test_accessibility import _RUN, AXE

ROOM = "3号楼 2层弱电间"
STAGES = ("提交技术标准", "提交规划论证", "提交资金预算", "提交招标与合同")
CONTRACT = {
    "招标编号": "ZB-2026-018",
    "合同编号": "HT-2026-018",
    "供应商": "云溪教育装备有限公司",
    "金额上限（元）": "15800.00",
}
SERIALS = ("PJ26090001", "PJ26090002")


class Person:
    """Somebody of one role before a browser of their own."""

    #: Whether axe looks at every page on the way.
    is_examined = False

    def __init__(self, browser: Browser, arguments: dict[str, Any], login: str, site: str) -> None:
        state = cookies_of(site, login)
        context = browser.new_context(**arguments, storage_state=state)
        context.set_default_timeout(60_000)  # half a minute is little for a busy machine
        self.page: Page = context.new_page()
        self.watched = Watched(self.page, site)
        self._contexts = [context]
        if self.is_examined:
            # What the policy of the pages forbids, axe, is let in here.
            twin = browser.new_context(**{**arguments, "bypass_csp": True}, storage_state=state)
            twin.set_default_timeout(60_000)
            self._looker: Page = twin.new_page()
            self._contexts.append(twin)

    def step(self, text: str, **said: str) -> None:
        """Fill in the form whose button says so and send it; fields go by their labels."""
        form = self.form(text)
        summary = self.page.locator("details:not([open]) > summary").get_by_text(text, exact=True)
        if summary.count():
            summary.click()
        for label, value in said.items():
            field = form.get_by_label(label, exact=True).first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        form.get_by_role("button", name=text, exact=True).click()

    def form(self, text: str) -> Locator:
        return self.page.locator("form").filter(
            has=self.page.locator("button", has_text=re.compile(rf"^\s*{text}\s*$"))
        )

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def accessible(self) -> None:
        """Axe finds nothing on the page this person looks at."""
        if not self.is_examined:
            return
        page = self._looker
        page.goto(self.page.url)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.add_script_tag(path=AXE)
        assert page.evaluate(_RUN) == [], self.page.url

    def leave(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def people(
    browser: Browser, browser_context_args: dict[str, Any], site: str
) -> Iterator[Callable[[str], Person]]:
    """People by their login, each logged in when first needed."""
    known: dict[str, Person] = {}

    def person(login: str) -> Person:
        if login not in known:
            known[login] = Person(browser, browser_context_args, login, site)
        return known[login]

    yield person
    for one in known.values():
        one.leave()
    # What is refused on purpose is told by Chromium, too.
    faults = {
        login: [fault for fault in one.watched.faults if "status of 4" not in fault]
        for login, one in known.items()
    }
    assert {login: some for login, some in faults.items() if some} == {}


@pytest.mark.parametrize(
    "is_examined",
    [
        pytest.param(False, id="walked"),
        pytest.param(True, id="examined", marks=pytest.mark.campaign),
    ],
)
def test_the_life_of_a_projector(
    people: Callable[[str], Person], is_examined: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Person, "is_examined", is_examined)
    request = ask(people("gao"))
    sign(people("luo"), request)
    project = contract(people, request)
    order = place(people("buyer"), project)
    receive(people("tian"), order)
    device = accept(people("tian"), order)
    repair(people("gao"), device)
    dispose(people, device)
    lists(people("buyer"))


def ask(school: Person) -> str:
    """The school asks for two, with its reason and a quote; the address of the request."""
    page = school.page
    page.goto("/procurement?tab=projects")
    expect(page.get_by_role("link", name="新建项目")).to_have_count(0)
    assert page.request.get("/procurement/projects/new").status == 403
    page.goto("/procurement")
    page.get_by_role("link", name="新建申请").click()
    expect(page.get_by_label("学校")).to_have_value(URBAN)
    school.accessible()
    school.step(
        "保存草稿", 标题="更换投影机", 类型="投影机", 数量="2", **{"估算单价（元）": "8000"}
    )
    expect(page.get_by_label("原因")).to_be_focused()  # what is needed is asked for
    page.get_by_label("原因").fill("灯泡老化，亮度不足，已使用九年")
    school.step("保存草稿")
    school.sees("草稿", "尚未上传报价单。", "16,000.00")
    page.locator("summary", has_text="上传报价单").click()
    quote = FilePayload(name="报价单.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 quote")
    page.get_by_label("PDF 或照片，不超过 8 MB").set_input_files(quote)
    school.step("上传报价单")
    school.sees("报价单.pdf")
    school.accessible()
    similar = page.get_by_label("我已核对类似申请")  # after another walk there is one
    if similar.count():
        similar.check()
    school.step("提交")
    school.sees("待审批", "待签批：")
    return page.url


def sign(county: Person, request: str) -> None:
    county.page.goto(request)
    county.accessible()
    county.step("签批", 处理="批准", 备注="同意，列入本年度计划")
    county.sees("待采购人员纳入项目。")


def contract(people: Callable[[str], Person], request: str) -> str:
    """Procurement begins a project and leads it to its contract; the address of the project."""
    buyer, city = people("buyer"), people("district")
    buyer.page.goto(request)
    buyer.page.get_by_role("link", name="据此立项").click()
    buyer.accessible()
    expect(buyer.page.get_by_label("预算（元）")).to_have_value("16000.00")
    said = {"采购方式": "单独招标", "标题": "投影机更新项目", "单价（元）": "7900"}
    buyer.step("立项", **said)
    project = buyer.page.url
    for stage in STAGES:
        buyer.page.goto(project)
        buyer.sees("下单前还需完成")
        last = stage == STAGES[-1]
        buyer.step(stage, 备注="材料齐全", **(CONTRACT if last else {}))
        buyer.sees("待审批")
        city.page.goto(project)
        city.step("批准", 备注="同意")
        expect(city.page.locator("main")).not_to_contain_text("待审批")
    city.sees("尚未下单。", "ZB-2026-018")
    buyer.page.goto(project)
    buyer.accessible()
    return project


def place(buyer: Person, project: str) -> str:
    """An order for the school that asked, of what it asked for; the address of the order."""
    page = buyer.page
    page.goto(project)
    page.get_by_role("link", name="新建订单").click()
    buyer.step("选择学校", 学校="石桥县第一小学")
    expect(page.get_by_label("数量")).to_have_value("2")
    buyer.accessible()
    page.get_by_label("数量").fill("3")
    page.locator("form[method=post]").filter(has_text="下单").evaluate(
        "form => form.noValidate = 1"
    )
    buyer.step("下单")
    expect(page.get_by_role("alert")).to_contain_text("2")
    expect(page.get_by_label("数量")).to_have_value("3")  # what was typed is kept
    page.get_by_label("数量").fill("2")
    buyer.step("下单", 房间=ROOM)
    buyer.sees("已下单", "尚未到货：2 件")
    return page.url


def receive(technician: Person, order: str) -> None:
    """Two deliveries; each piece is scanned and goes into its room."""
    page = technician.page
    page.goto(order)
    for number, serial in enumerate(SERIALS, 1):
        quantity = page.get_by_label(re.compile("待到货"))
        expect(quantity).to_have_value(str(3 - number))
        quantity.fill("1")
        technician.step("到货", 送货单号=f"FH-{number}")
        technician.sees("已到货未开箱：1 件")
        if number == 1:
            technician.accessible()
        scanner = page.get_by_label(re.compile("每行扫描一件"))
        scanner.press_sequentially(f"{serial},ZC-2026-{number}\n")
        technician.step("扫码入库")
        technician.sees("在库未投入使用：", serial)
    technician.accessible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    technician.step("投入使用", 房间=ROOM, 保管人="高文")
    expect(page.locator("main")).not_to_contain_text("在库未投入使用")


def accept(technician: Person, order: str) -> str:
    """The contract is found kept, the sheet is printed; the address of the first device."""
    page = technician.page
    technician.step("履约验收", 验收人员="田野、高文", 验收结论="数量、型号、参数与合同一致")
    technician.sees("履约验收合格")
    page.goto(order)
    sheet = page.get_by_role("link", name=re.compile("履约验收单")).get_attribute("href")
    answer = page.request.get(str(sheet))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    page.get_by_role("link", name=re.compile("ZC-2026-1")).click()
    technician.sees("在用", SERIALS[0])
    return page.url


def repair(school: Person, device: str) -> None:
    """It breaks, is repaired, and comes back."""
    page = school.page
    page.goto(device)
    for state in ("维修中", "在用"):
        page.get_by_role("button", name=state, exact=True).click()
        expect(page.get_by_role("button", name=state, exact=True)).to_have_count(0)
    school.sees("在用 → 维修中", "维修中 → 在用")


def dispose(people: Callable[[str], Person], device: str) -> None:
    """Given up: appraised, approved, wiped, let go for what it still brings in."""
    school, technician, county = people("gao"), people("tian"), people("luo")
    page = school.page
    page.goto(device)
    page.get_by_role("link", name="提出报废").click()
    school.accessible()
    expect(page.locator("main input[type=checkbox]:checked")).to_have_count(1)
    school.step("提交", 原因="光机损坏，维修费用高于残值")
    disposal = page.url
    technician.page.goto(disposal)
    technician.step("填写技术鉴定", 技术鉴定="光机烧毁，无维修价值")
    county.page.goto(disposal)
    county.step("批准", 备注="同意报废")
    technician.page.goto(disposal)
    technician.accessible()
    technician.page.get_by_label(re.compile("数据清除方式")).select_option(label="无存储介质")
    technician.step("确认数据已清除")
    technician.page.get_by_label(re.compile("残值")).fill("50.00")
    technician.step("办理报废出账")
    technician.sees("已处置", "50.00")
    page.goto(device)
    school.sees("已处置")


def lists(buyer: Person) -> None:
    """Everything is found again in its list."""
    for path, text in (
        ("?tab=requests", "更换投影机"),
        ("?tab=projects", "投影机更新项目"),
        ("?tab=orders", "履约验收合格"),
        ("/disposals", "已处置"),
        ("/transfers", "调拨"),
    ):
        buyer.page.goto(f"/procurement{path}")
        buyer.sees(text)
        buyer.accessible()
