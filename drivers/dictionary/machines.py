"""Metrics of any machine: that it is there, what it computes with, its power, ink and air."""

from drivers.dictionary.metric import Metric

METRICS = (
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
        "poe_used_ratio",
        "1",
        "PoE group",
        "Power drawn over Ethernet as a share of what is available.",
        "PoE 已用功率占可供功率的比例。",
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
)
