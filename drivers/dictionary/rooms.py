"""Metrics of what hangs in a classroom."""

from drivers.dictionary.metric import Metric

METRICS = (
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
