import structlog

stamp = structlog.processors.TimeStamper(fmt="iso")
console = structlog.dev.ConsoleRenderer(colors=False)
structlog.configure(processors=[structlog.processors.add_log_level, stamp, console])
structlog.get_logger().error("could not load", game="0022500561")
