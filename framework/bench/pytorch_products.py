"""Measures PyTorch's rate of matrix products for `hourglass bench`, and prints it in one line of JSON, together with the
libraries that computed them.

Arguments: seconds of a repetition, f32 or bf16, products as ROWS,INNER,COLUMNS. With bf16, both formats are measured.
OMP_NUM_THREADS sets the number of threads. The method of measurement is that of framework/compute/ops/gemm_rate.cpp.
"""
import collections
import ctypes
import glob
import json
import os
import sys
import time

import torch

REPETITIONS = 5
# Parts of the names of libraries that could compute a product.
BLAS_NAMES = ("blas", "blis", "mkl", "atlas", "armpl", "nvpl")


worked = collections.Counter()  # ticks of processor time by thread, in timed repetitions


def thread_times():
    """Returns the processor time of each thread of this process, in ticks."""
    times = collections.Counter()
    for path in glob.glob("/proc/self/task/*/stat"):
        with open(path) as stat:
            fields = stat.read().rpartition(")")[2].split()
        times[path] = int(fields[11]) + int(fields[12])
    return times


def threads_used():
    """Counts the threads that worked for at least a quarter of the time of the busiest one."""
    return sum(4 * ticks >= max(worked.values()) for ticks in worked.values()) if worked else 1


def best_seconds(a, b, c, seconds):
    def run(count):
        start = time.perf_counter()
        for _ in range(count):
            torch.mm(a, b, out=c)
        return (time.perf_counter() - start) / count

    run(1)
    count = max(1, int(seconds / run(1)))
    before = thread_times()
    best = min(run(count) for _ in range(REPETITIONS))
    worked.update(thread_times() - before)
    return best


def rate(m, k, n, dtype, seconds):
    """Returns the operations per second of the product [m, k] * [k, n], with the second matrix stored by rows or by
    columns, whichever is faster."""
    a, c = torch.full((m, k), 0.0625, dtype=dtype), torch.empty((m, n), dtype=dtype)
    by_rows, by_columns = torch.full((k, n), 0.0625, dtype=dtype), torch.full((n, k), 0.0625, dtype=dtype).t()
    return 2 * m * k * n / min(best_seconds(a, b, c, seconds) for b in (by_rows, by_columns))


def libraries():
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    return sorted(path for path in paths if any(name in os.path.basename(path) for name in BLAS_NAMES))


def openblas(path):
    """Returns what a library says about itself if it contains OpenBLAS, whose names may have a suffix."""
    try:
        library = ctypes.CDLL(path)
    except OSError:
        return None
    for suffix in ("", "64_", "_64"):
        try:
            config, kernel = library["openblas_get_config" + suffix], library["openblas_get_corename" + suffix]
        except AttributeError:
            continue
        config.restype = kernel.restype = ctypes.c_char_p
        return {"config": config().decode(), "kernel": kernel().decode()}
    return None


def main(seconds, precision, products):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    formats = [torch.float32, torch.bfloat16] if precision == "bf16" else [torch.float32]
    best = max(rate(*product, dtype, seconds) for dtype in formats for product in products)
    print(json.dumps({
        "rate": best, "python": sys.executable, "version": torch.__version__, "config": torch.__config__.show(),
        "threads": torch.get_num_threads(), "threads_used": threads_used(),
        "libraries": [{"path": path, "openblas": openblas(path)} for path in libraries()],
        "alternatives": {link: os.path.realpath(link) for link in glob.glob("/etc/alternatives/libblas.so.3*")}}))


main(float(sys.argv[1]), sys.argv[2], [tuple(int(size) for size in text.split(",")) for text in sys.argv[3:]])
