from concurrent.futures import ThreadPoolExecutor


def work(n):
    return 1 / n


with ThreadPoolExecutor(1) as pool:
    pool.submit(work, 0).result()
