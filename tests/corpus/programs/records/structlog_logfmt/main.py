import structlog

structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.LogfmtRenderer()])
structlog.get_logger().error("could not load", game="0022500561")
