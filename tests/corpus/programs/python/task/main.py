import asyncio
import gc


async def fail():
    raise LookupError("no weight")


async def main():
    asyncio.get_event_loop().create_task(fail())
    await asyncio.sleep(0.01)
    gc.collect()


asyncio.get_event_loop_policy().new_event_loop().run_until_complete(main())
gc.collect()
raise SystemExit(1)
