"""The service: is the controller alive, quick, and not losing anything."""

from tools.dashboards.panels import Dashboard, Panel, Query, Variable

_ALL = 'job=~"$job",instance=~"$instance"'


def _rate(name: str, labels: str = "", *, by: str = "") -> str:
    chosen = ",".join(part for part in (_ALL, labels) if part)
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({name}{{{chosen}}}[$__rate_interval]))"


def _quantile(share: float, name: str, labels: str = "", *, by: str = "") -> str:
    grouped = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {_rate(f'{name}_bucket', labels, by=grouped)})"


_TOP = (
    Panel("总览 · Overview", "row"),
    Panel(
        "控制中心在线 · Controllers up",
        "stat",
        (Query(f"sum(up{{{_ALL}}})"),),
        width=4,
        height=4,
    ),
    Panel(
        "数据库 · Database",
        "stat",
        (Query(f"min(fleet_database_up{{{_ALL}}})"),),
        width=4,
        height=4,
    ),
    Panel(
        "读数/秒 · Readings per second",
        "stat",
        (Query(_rate("fleet_ingest_readings_total")),),
        width=4,
        height=4,
    ),
    Panel(
        "批次 p99 · Batches, p99",
        "stat",
        (Query(_quantile(0.99, "fleet_ingest_duration_seconds")),),
        unit="s",
        width=4,
        height=4,
        thresholds=((0.5, "orange"), (1.0, "red")),
    ),
    Panel(
        "页面 p95 · Pages, p95",
        "stat",
        (Query(_quantile(0.95, "fleet_http_request_duration_seconds", 'area="console"')),),
        unit="s",
        width=4,
        height=4,
        thresholds=((0.15, "orange"), (0.5, "red")),
    ),
    Panel(
        "等待中的采集器请求 · Waiting requests of agents",
        "stat",
        (Query(f"sum(fleet_long_polls{{{_ALL}}})"),),
        width=4,
        height=4,
    ),
)
_INGEST = (
    Panel("数据接收 · Ingest", "row"),
    Panel(
        "读数/秒 · Readings per second",
        queries=(Query(_rate("fleet_ingest_readings_total", by="instance"), "{{instance}}"),),
        stacked=True,
    ),
    Panel(
        "批次结果 · Batches by result",
        queries=(Query(_rate("fleet_ingest_batches_total", by="result"), "{{result}}"),),
        unit="reqps",
        stacked=True,
    ),
    Panel(
        "批次耗时 · Time of a batch",
        queries=tuple(
            Query(_quantile(share, "fleet_ingest_duration_seconds"), name)
            for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
        ),
        unit="s",
    ),
    Panel(
        "接收流量 · Bytes received",
        queries=(Query(_rate("fleet_ingest_bytes_total"), "B/s"),),
        unit="Bps",
    ),
    Panel(
        "处理中的批次 · Batches in flight",
        queries=(
            Query(f"sum by (instance) (fleet_ingest_in_flight_batches{{{_ALL}}})", "{{instance}}"),
        ),
    ),
    Panel(
        "隔离与越权 · Quarantined and left out",
        queries=(
            Query(_rate("fleet_ingest_quarantined_batches_total", by="reason"), "{{reason}}"),
            Query(_rate("fleet_ingest_polls_left_out_total", by="reason"), "{{reason}}"),
        ),
        unit="reqps",
    ),
)
_STORES = (
    Panel("存储 · Stores", "row"),
    Panel(
        "指标库提交耗时 · Commit of the metric store",
        queries=tuple(
            Query(_quantile(share, "fleet_metric_store_commit_duration_seconds"), name)
            for share, name in ((0.5, "p50"), (0.99, "p99"))
        ),
        unit="s",
    ),
    Panel(
        "待写入指标库 · Waiting for the metric server",
        queries=(
            Query(f"max(fleet_metric_store_journal_oldest_seconds{{{_ALL}}})", "最久 · oldest"),
        ),
        unit="s",
    ),
    Panel(
        "数据库连接 · Database connections",
        queries=(
            Query(
                f"sum by (instance) (fleet_database_connections_in_use{{{_ALL}}})",
                "{{instance}}",
            ),
            Query(f"sum(fleet_database_connections_limit{{{_ALL}}})", "上限 · limit"),
        ),
    ),
)
_REQUESTS = (
    Panel("请求 · Requests", "row"),
    Panel(
        "请求/秒 · Requests per second",
        queries=(Query(_rate("fleet_http_requests_total", by="area"), "{{area}}"),),
        unit="reqps",
        stacked=True,
    ),
    Panel(
        "响应耗时 p95 · Time of an answer, p95",
        queries=(
            Query(_quantile(0.95, "fleet_http_request_duration_seconds", by="area"), "{{area}}"),
        ),
        unit="s",
    ),
    Panel(
        "错误与拒绝 · Errors and refusals",
        queries=(
            Query(_rate("fleet_http_requests_total", 'status="5xx"', by="area"), "5xx {{area}}"),
            Query(_rate("fleet_http_refusals_total", by="code"), "{{code}}"),
        ),
        unit="reqps",
    ),
)
_PROCESSES = (
    Panel("任务与进程 · Jobs and processes", "row"),
    Panel(
        "距任务上次成功 · Since a job last succeeded",
        queries=(
            Query(
                f"time() - max by (task) (fleet_job_last_success_timestamp_seconds{{{_ALL}}})",
                "{{task}}",
            ),
        ),
        unit="s",
        width=6,
    ),
    Panel(
        "任务平均耗时 · Mean time of a job",
        queries=(
            Query(
                f"{_rate('fleet_job_duration_seconds_sum', by='task')}"
                f" / {_rate('fleet_job_duration_seconds_count', by='task')}",
                "{{task}}",
            ),
        ),
        unit="s",
        width=6,
    ),
    Panel(
        "内存 · Resident memory",
        queries=(Query(f"process_resident_memory_bytes{{{_ALL}}}", "{{instance}} {{worker}}"),),
        unit="bytes",
        width=6,
    ),
    Panel(
        "处理器 · Processor",
        queries=(
            Query(
                f"rate(process_cpu_seconds_total{{{_ALL}}}[$__rate_interval])",
                "{{instance}} {{worker}}",
            ),
        ),
        unit="percentunit",
        width=6,
    ),
)

DASHBOARD = Dashboard(
    uid="campus-fleet-service",
    title="校园设备管理 · 服务状态 · Campus Fleet service",
    description="控制中心自身的状态，数据来自 /metrics · How the controller itself is: /metrics",
    variables=(
        Variable("job", "任务 · Job", "label_values(fleet_build_info, job)"),
        Variable(
            "instance", "实例 · Instance", 'label_values(fleet_build_info{job=~"$job"}, instance)'
        ),
    ),
    panels=(*_TOP, *_INGEST, *_STORES, *_REQUESTS, *_PROCESSES),
)
