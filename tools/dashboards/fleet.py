"""The fleet by county and by school."""

from tools.dashboards.panels import Dashboard, Panel, Query, Variable

_COUNTY = 'county=~"$county"'
_SCHOOL = 'county=~"$county",school=~"$school"'
_ILL = 'status=~"down|silent"'
_DOWN = 'status="down"'
_WELL = 'status=~"healthy|degraded"'
_KNOWN = 'status!~"unknown|off"'


def _county(name: str, labels: str = "", *, by: str = "") -> str:
    chosen = ",".join(part for part in (_COUNTY, labels) if part)
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (fleet_county_{name}{{{chosen}}})"


def _school(name: str, labels: str = "", *, by: str = "county, school") -> str:
    chosen = ",".join(part for part in (_SCHOOL, labels) if part)
    return f"sum by ({by}) (fleet_school_{name}{{{chosen}}})"


def _named(expression: str) -> str:
    """With the school's name as a label."""
    return (
        f"{expression} * on (county, school) group_left (name)"
        " max by (county, school, name) (fleet_school_info)"
    )


_NAMED = {"county": "区县 · County", "school": "代码 · Code", "name": "学校 · School"}
_TOP = (
    Panel("总览 · Overview", "row"),
    Panel("学校 · Schools", "stat", (Query(_county("schools")),), width=4, height=4),
    Panel("在用设备 · Devices in service", "stat", (Query(_county("devices")),), width=4, height=4),
    Panel(
        "设备正常率 · Devices in order",
        "stat",
        (Query(f"{_county('devices', _WELL)} / {_county('devices', _KNOWN)}"),),
        unit="percentunit",
        width=4,
        height=4,
    ),
    Panel(
        "紧急告警 · Critical alerts",
        "stat",
        (Query(_county("alerts_open", 'severity="critical"')),),
        width=4,
        height=4,
        thresholds=((1, "red"),),
    ),
    Panel(
        "超期工单 · Overdue tickets",
        "stat",
        (Query(_county("tickets_overdue")),),
        width=4,
        height=4,
        thresholds=((1, "orange"),),
    ),
    Panel(
        "失联采集器 · Silent agents",
        "stat",
        (Query(_county("agents", 'health="silent"')),),
        width=4,
        height=4,
        thresholds=((1, "orange"),),
    ),
)
_COUNTIES = (
    Panel("区县 · Counties", "row"),
    Panel(
        "设备状态 · Devices by status",
        queries=(Query(_county("devices", by="status"), "{{status}}"),),
        stacked=True,
    ),
    Panel(
        "故障或失联设备（按区县） · Devices down or silent by county",
        "bargauge",
        (Query(f"sort_desc({_county('devices', _ILL, by='county')})", "{{county}}", instant=True),),
        thresholds=((1, "orange"), (100, "red")),
    ),
    Panel(
        "故障设备（按类型） · Devices down by kind",
        queries=(Query(f"topk(10, {_county('devices', _DOWN, by='kind')})", "{{kind}}"),),
    ),
    Panel(
        "未恢复告警 · Open alerts",
        queries=(Query(_county("alerts_open", by="severity"), "{{severity}}"),),
        stacked=True,
        width=6,
    ),
    Panel(
        "待办与超期工单 · Open and overdue tickets",
        queries=(
            Query(_county("tickets_open"), "待办 · open"),
            Query(_county("tickets_overdue"), "超期 · overdue"),
        ),
        width=6,
    ),
    Panel(
        "学校（按最近测速） · Schools by their last test",
        queries=(Query(_county("schools_by_line", by="state"), "{{state}}"),),
        stacked=True,
        width=6,
    ),
    Panel(
        "采集器 · Agents",
        queries=(Query(_county("agents", by="health"), "{{health}}"),),
        stacked=True,
        width=6,
    ),
    Panel(
        "互联网流量与合同带宽 · Internet traffic and contracts",
        queries=(
            Query(_county("line_receive_bits_per_second"), "下行 · received"),
            Query(_county("line_transmit_bits_per_second"), "上行 · sent"),
            Query(_county("line_contract_download_bits_per_second"), "合同下行 · contract"),
        ),
        unit="bps",
        width=12,
    ),
    Panel(
        "采集器积压 · Waiting on agents",
        queries=(Query(_county("agent_spool_bytes", by="county"), "{{county}}"),),
        unit="bytes",
        stacked=True,
        width=12,
    ),
)
_SCHOOLS = (
    Panel("学校 · Schools", "row"),
    Panel(
        "故障或失联最多的学校 · Schools with most devices down or silent",
        "table",
        (Query(_named(f"topk(20, {_school('devices', _ILL)} > 0)"), instant=True),),
        columns=_NAMED,
        height=9,
    ),
    Panel(
        "线路最繁忙的学校 · Schools with the busiest lines",
        "table",
        (
            Query(
                _named(
                    f"topk(20, {_school('line_receive_bits_per_second')}"
                    f" / {_school('line_contract_download_bits_per_second')})"
                ),
                instant=True,
            ),
        ),
        unit="percentunit",
        columns=_NAMED,
        height=9,
    ),
    Panel(
        "测速与目标之比最低的学校 · Schools furthest below target",
        "table",
        (
            Query(
                _named(
                    f"bottomk(20, {_school('line_tested_download_bits_per_second')}"
                    f" / {_school('line_target_bits_per_second')})"
                ),
                instant=True,
            ),
        ),
        unit="percentunit",
        columns=_NAMED,
        height=9,
    ),
    Panel(
        "设备状态（所选学校） · Devices of the chosen schools",
        queries=(Query(_school("devices", by="status"), "{{status}}"),),
        stacked=True,
    ),
    Panel(
        "线路（所选学校） · Lines of the chosen schools",
        queries=(
            Query(f"topk(10, {_school('line_receive_bits_per_second')})", "{{school}} 下行 · in"),
            Query(f"topk(10, {_school('line_transmit_bits_per_second')})", "{{school}} 上行 · out"),
        ),
        unit="bps",
    ),
    Panel(
        "测速（所选学校） · Tests of the chosen schools",
        queries=(
            Query(
                f"topk(10, {_school('line_tested_download_bits_per_second')})",
                "{{school}} 实测 · tested",
            ),
            Query(
                f"topk(10, {_school('line_target_bits_per_second')})", "{{school}} 目标 · target"
            ),
        ),
        unit="bps",
    ),
    Panel(
        "告警与工单（所选学校） · Alerts and tickets",
        queries=(
            Query(_school("alerts_open", by="severity"), "告警 · alerts {{severity}}"),
            Query(_school("tickets_open", by="severity"), "工单 · tickets {{severity}}"),
        ),
    ),
    Panel(
        "采集器最久未联系 · Agents longest away",
        queries=(
            Query(
                "topk(10, time() - max by (county, school)"
                f" (fleet_school_agent_contact_timestamp_seconds{{{_SCHOOL}}}))",
                "{{school}}",
            ),
        ),
        unit="s",
    ),
    Panel(
        "采集器积压与时钟 · Spool and clock of agents",
        queries=(
            Query(f"topk(10, {_school('agent_spool_batches')})", "{{school}} 批次 · batches"),
            Query(
                "topk(10, abs(max by (county, school)"
                f" (fleet_school_agent_clock_skew_seconds{{{_SCHOOL}}})))",
                "{{school}} 偏差秒 · s off",
            ),
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="campus-fleet-fleet",
    title="校园设备管理 · 设备群 · Campus Fleet by county and school",
    description="数据来自 /api/v1/prometheus/metrics · From /api/v1/prometheus/metrics",
    variables=(
        Variable(
            "county",
            "区县 · County",
            "query_result(max by (county, name) (fleet_county_info))",
            '/county="(?<value>[^"]+)",name="(?<text>[^"]+)"/',
        ),
        Variable(
            "school",
            "学校 · School",
            'query_result(max by (name, school) (fleet_school_info{county=~"$county"}))',
            '/name="(?<text>[^"]+)",school="(?<value>[^"]+)"/',
        ),
    ),
    panels=(*_TOP, *_COUNTIES, *_SCHOOLS),
)
