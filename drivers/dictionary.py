"""The data dictionary: every metric, its unit, and what it means, in both languages.

The one source: definitions may name only metrics listed here, ``docs/data-dictionary.md`` is made
from it (``python -m drivers.dictionary``), and a test keeps the two together. Names follow the
Prometheus manner: base units, a ratio is 0 to 1.
"""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Args:
        name: as it travels and is stored.
        unit: of the value; ``1`` for a ratio, ``0/1`` for a state.
        part: what a part of it is; empty when the whole device is meant.
        en: meaning in English.
        zh: meaning in Chinese.
    """

    name: str
    unit: str
    part: str
    en: str
    zh: str


_ALL = (
    Metric(
        "online",
        "0/1",
        "",
        "The device is there: connected to its broker, or seen in use on the network.",
        "设备在线：与消息服务器保持连接，或在网络上被发现正在使用。",
    ),
    Metric(
        "poll_outcome",
        "",
        "",
        "How a poll ended: 0 ok, 1 partial, 2 timeout, 3 unreachable, 4 auth_rejected,"
        " 5 malformed.",
        "轮询结果：0 正常，1 不完整，2 超时，3 不可达，4 认证被拒，5 数据异常。",
    ),
    Metric("uptime_seconds", "s", "", "Time since the device started.", "设备启动以来的时间。"),
    Metric("cpu_ratio", "1", "processor", "Share of processor time in use.", "处理器使用率。"),
    Metric("memory_used_ratio", "1", "memory", "Share of memory in use.", "内存使用率。"),
    Metric("memory_used_bytes", "B", "memory", "Memory in use.", "已用内存。"),
    Metric("memory_total_bytes", "B", "memory", "Memory installed.", "内存总量。"),
    Metric("storage_used_ratio", "1", "volume", "Share of a volume in use.", "存储卷使用率。"),
    Metric("storage_used_bytes", "B", "volume", "Space used of a volume.", "存储卷已用空间。"),
    Metric("storage_total_bytes", "B", "volume", "Size of a volume.", "存储卷容量。"),
    Metric("temperature_celsius", "°C", "sensor", "Temperature at a sensor.", "传感器处的温度。"),
    Metric(
        "humidity_ratio", "1", "sensor", "Relative humidity at a sensor.", "传感器处的相对湿度。"
    ),
    Metric("fan_speed_rpm", "rpm", "fan", "Speed of a fan.", "风扇转速。"),
    Metric("fan_ok", "0/1", "fan", "The fan says it works.", "风扇自报工作正常。"),
    Metric(
        "power_supply_ok",
        "0/1",
        "power supply",
        "The power supply says it works.",
        "电源自报工作正常。",
    ),
    Metric("voltage_volts", "V", "sensor or phase", "Voltage.", "电压。"),
    Metric("current_amperes", "A", "sensor or phase", "Current.", "电流。"),
    Metric("power_watts", "W", "sensor or phase", "Active power.", "有功功率。"),
    Metric("frequency_hertz", "Hz", "sensor or phase", "Mains frequency.", "市电频率。"),
    Metric("poe_power_watts", "W", "PoE group", "Power drawn over Ethernet.", "PoE 当前供电功率。"),
    Metric(
        "poe_budget_watts", "W", "PoE group", "Power available over Ethernet.", "PoE 可供功率。"
    ),
    Metric(
        "poe_port_power_watts",
        "W",
        "port",
        "Power drawn by what hangs on a port.",
        "端口 PoE 供电功率。",
    ),
    Metric("battery_charge_ratio", "1", "battery", "Charge left in a battery.", "电池剩余电量。"),
    Metric(
        "battery_runtime_seconds",
        "s",
        "battery",
        "Time the battery lasts at this load.",
        "当前负载下电池可支撑的时间。",
    ),
    Metric(
        "load_ratio",
        "1",
        "output or phase",
        "Load as a share of the rated load.",
        "负载占额定负载的比例。",
    ),
    Metric(
        "optical_power_dbm",
        "dBm",
        "port and direction",
        "Light received or sent by an optical module.",
        "光模块收发光功率。",
    ),
    Metric(
        "wireless_clients",
        "1",
        "radio or network",
        "Clients connected over Wi-Fi.",
        "已连接的无线客户端数量。",
    ),
    Metric(
        "wireless_access_points",
        "1",
        "",
        "Access points that a controller manages and sees; part `registered`: all it knows.",
        "控制器管理且在线的无线接入点数量；部件 `registered` 为已登记总数。",
    ),
    Metric(
        "radio_utilization_ratio",
        "1",
        "radio",
        "Share of time the channel is busy.",
        "信道占用率。",
    ),
    Metric("radio_clients", "1", "radio", "Clients on one radio.", "单个射频上的客户端数量。"),
    Metric(
        "printer_supply_ratio",
        "1",
        "supply",
        "What is left of a toner, ink or drum.",
        "墨粉、墨水或硒鼓余量。",
    ),
    Metric(
        "printer_pages_total",
        "1",
        "counter",
        "Pages printed since the printer was made.",
        "出厂以来累计打印页数。",
    ),
    Metric(
        "port_up",
        "0/1",
        "port",
        "The port has a link (ifOperStatus up).",
        "端口链路已连通（ifOperStatus 为 up）。",
    ),
    Metric(
        "port_enabled",
        "0/1",
        "port",
        "The port is meant to be up (ifAdminStatus up).",
        "端口在管理上已启用（ifAdminStatus 为 up）。",
    ),
    Metric("port_in_bits_per_second", "bit/s", "port", "Received.", "接收速率。"),
    Metric("port_out_bits_per_second", "bit/s", "port", "Sent.", "发送速率。"),
    Metric(
        "port_in_errors_per_second",
        "1/s",
        "port",
        "Received frames dropped as faulty.",
        "每秒因错误丢弃的接收帧数。",
    ),
    Metric(
        "port_out_errors_per_second",
        "1/s",
        "port",
        "Frames not sent because of errors.",
        "每秒因错误未能发送的帧数。",
    ),
    Metric(
        "port_in_discards_per_second",
        "1/s",
        "port",
        "Good received frames dropped, mostly for want of buffers.",
        "每秒丢弃的正常接收帧数（多因缓冲不足）。",
    ),
    Metric(
        "port_out_discards_per_second",
        "1/s",
        "port",
        "Good frames dropped instead of sent, mostly for want of buffers.",
        "每秒丢弃的正常发送帧数（多因缓冲不足）。",
    ),
    Metric(
        "port_in_unicast_packets_per_second",
        "1/s",
        "port",
        "Received unicast packets.",
        "每秒接收的单播包数。",
    ),
    Metric(
        "port_out_unicast_packets_per_second",
        "1/s",
        "port",
        "Sent unicast packets.",
        "每秒发送的单播包数。",
    ),
    Metric(
        "port_in_broadcast_packets_per_second",
        "1/s",
        "port",
        "Received broadcasts; a loop shows here first.",
        "每秒接收的广播包数；环路首先体现在此。",
    ),
    Metric(
        "port_frame_check_errors_per_second",
        "1/s",
        "port",
        "Received frames with a wrong check sum; mostly cables.",
        "每秒接收的校验错误帧数；多为线缆问题。",
    ),
    Metric(
        "port_alignment_errors_per_second",
        "1/s",
        "port",
        "Received frames of a broken length.",
        "每秒接收的对齐错误帧数。",
    ),
    Metric(
        "port_late_collisions_per_second",
        "1/s",
        "port",
        "Collisions that came too late; mostly a duplex mismatch.",
        "每秒的迟冲突数；多为双工模式不匹配。",
    ),
    Metric(
        "port_full_duplex",
        "0/1",
        "port",
        "The port sends and receives at once.",
        "端口工作在全双工模式。",
    ),
    Metric(
        "stp_topology_changes_total",
        "1",
        "",
        "Changes of the spanning tree since the switch started.",
        "交换机启动以来生成树拓扑变化的次数。",
    ),
    Metric(
        "stp_since_topology_change_seconds",
        "s",
        "",
        "Time since the spanning tree last changed.",
        "距上次生成树拓扑变化的时间。",
    ),
    Metric(
        "ping_round_trip_seconds",
        "s",
        "host, or `gateway`",
        "Median round trip of echo requests; of a line: to one host.",
        "往返时延中位数；线路则为到某一主机的时延。",
    ),
    Metric(
        "ping_loss_ratio",
        "1",
        "host, or `gateway`",
        "Share of echo requests without an answer.",
        "未获应答的探测包比例（丢包率）。",
    ),
    Metric(
        "ping_jitter_seconds",
        "s",
        "host, or `gateway`",
        "Mean difference between round trips in a row.",
        "相邻往返时延之差的平均值。",
    ),
    Metric(
        "speedtest_download_bits_per_second",
        "bit/s",
        "test server",
        "Download rate of an active test: goodput.",
        "主动测速的下行速率（有效吞吐量）。",
    ),
    Metric(
        "speedtest_upload_bits_per_second",
        "bit/s",
        "test server",
        "Upload rate of an active test: goodput.",
        "主动测速的上行速率（有效吞吐量）。",
    ),
    Metric(
        "speedtest_latency_seconds",
        "s",
        "test server",
        "Round trip to the test server, line idle.",
        "线路空闲时到测速服务器的往返时延。",
    ),
    Metric(
        "speedtest_jitter_seconds",
        "s",
        "test server",
        "Mean difference between those round trips.",
        "上述往返时延之差的平均值。",
    ),
    Metric(
        "speedtest_loss_ratio",
        "1",
        "test server",
        "Share of echo requests to the test server lost, line idle.",
        "线路空闲时到测速服务器的丢包率。",
    ),
    Metric(
        "speedtest_outcome",
        "code",
        "test server",
        "0 ok, 1 partial, 2 line down, 3 server fault, 4 server busy, 5 box cut off, 6 not made.",
        "0 正常，1 部分完成，2 断线，3 服务器故障，4 服务器繁忙，5 采集器与网关失联，6 未测试。",
    ),
    Metric(
        "speedtest_streams",
        "1",
        "test server",
        "Connections at the same time.",
        "同时连接数。",
    ),
    Metric(
        "speedtest_cap_bits_per_second",
        "bit/s",
        "test server",
        "The test loaded the line with no more than this.",
        "测速占用带宽的上限。",
    ),
    Metric(
        "speedtest_box_port_bits_per_second",
        "bit/s",
        "test server",
        "Speed of the agent's own port.",
        "采集器自身网口的速率。",
    ),
    Metric(
        "speedtest_download_bytes",
        "B",
        "test server",
        "Payload received within the window that counts.",
        "计量时段内接收的有效数据量。",
    ),
    Metric(
        "speedtest_download_seconds",
        "s",
        "test server",
        "Length of that window.",
        "下行计量时段的长度。",
    ),
    Metric(
        "speedtest_upload_bytes",
        "B",
        "test server",
        "Payload sent and answered for within the window that counts.",
        "计量时段内发送并获确认的有效数据量。",
    ),
    Metric(
        "speedtest_upload_seconds",
        "s",
        "test server",
        "Length of that window.",
        "上行计量时段的长度。",
    ),
    Metric(
        "speedtest_received_bytes",
        "B",
        "test server",
        "All payload the test received, warm-up included.",
        "测速接收的全部数据量（含预热）。",
    ),
    Metric(
        "speedtest_sent_bytes",
        "B",
        "test server",
        "All payload the test sent, warm-up included.",
        "测速发送的全部数据量（含预热）。",
    ),
    Metric(
        "speedtest_port_in_bytes",
        "B",
        "test server",
        "What the line's port received from right before to 5 s after the test, by everybody.",
        "测速前至测速后 5 秒线路端口接收的总字节数（含其他流量）。",
    ),
    Metric(
        "speedtest_port_out_bytes",
        "B",
        "test server",
        "What the line's port sent in that time.",
        "测速前后线路端口发送的总字节数（含其他流量）。",
    ),
    Metric(
        "speedtest_port_seconds",
        "s",
        "test server",
        "That time, by the clock of the port's device.",
        "上述时长，以设备自身时钟为准。",
    ),
    Metric("display_on", "0/1", "", "The screen is lit.", "屏幕处于点亮状态。"),
    Metric(
        "display_backlight_hours",
        "h",
        "",
        "Hours the backlight or lamp has burnt.",
        "背光或灯泡累计点亮小时数。",
    ),
    Metric(
        "lamp_ok",
        "0/1",
        "lamp",
        "The lamp reports neither a warning nor an error.",
        "灯泡既无警告也无故障。",
    ),
    Metric(
        "condition_ok",
        "0/1",
        "temperature, cover, filter, other",
        "A projector or display reports neither a warning nor an error of this kind.",
        "投影机或显示设备在该项上既无警告也无故障。",
    ),
    Metric(
        "filter_hours",
        "h",
        "filter",
        "Hours the dust filter has been in use.",
        "防尘滤网累计使用小时数。",
    ),
    Metric("volume_ratio", "1", "", "Loudness set, of the greatest.", "当前音量占最大音量的比例。"),
)
#: Name to metric, in the order people read them.
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
DOCUMENT = Path(__file__).parents[1] / "docs/data-dictionary.md"


def render() -> str:
    """``docs/data-dictionary.md``."""
    lines = [
        "# Data dictionary · 数据字典",
        "",
        "Made by `python -m drivers.dictionary` from `drivers/dictionary.py`; do not edit by hand.",
        "",
        "A reading is `(metric, part, value)` of one device at one time. Units are base units;",
        "unit `1` is a ratio from 0 to 1 where the name ends in `_ratio` and a count otherwise;",
        "`0/1` is a state. An empty part means the device as a whole.",
        "",
        "| metric | unit | part | meaning | 含义 |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{m.name}` | {m.unit} | {m.part} | {m.en} | {m.zh} |" for m in _ALL]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")
