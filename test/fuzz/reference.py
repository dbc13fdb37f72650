# reference.py READER: reads inputs (u32 little endian, then that many bytes) and answers each with a line: `+`, or `-` and why.
# Readers of others: what they refuse is not to be accepted by ours.
import ctypes
import json
import os
import struct
import sys
import tempfile

scratch = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def written(data: bytes) -> str:
    path = os.path.join(scratch, "input")
    with open(path, "wb") as file:
        file.write(data)
    return path


def safetensors_reader():
    from safetensors import deserialize

    return deserialize


def gguf_py_reader():
    from gguf import GGUFReader

    def read(data: bytes) -> None:
        GGUFReader(written(data))

    return read


def ggml_reader():
    # The library of llama.cpp, as the Python package brings it.
    import importlib.util

    folder = os.path.join(os.path.dirname(importlib.util.find_spec("llama_cpp").origin), "lib")
    ggml = ctypes.CDLL(os.path.join(folder, "libggml-base.so"))

    class Parameters(ctypes.Structure):
        _fields_ = [("no_alloc", ctypes.c_bool), ("ctx", ctypes.c_void_p)]

    ggml.gguf_init_from_file.argtypes = [ctypes.c_char_p, Parameters]
    ggml.gguf_init_from_file.restype = ctypes.c_void_p
    ggml.gguf_free.argtypes = [ctypes.c_void_p]

    def read(data: bytes) -> None:
        context = ggml.gguf_init_from_file(written(data).encode(), Parameters(True, None))
        if not context:
            raise ValueError("gguf_init_from_file refuses it")
        ggml.gguf_free(context)

    return read


def python_json_reader():
    # As the converter opens them: text in UTF-8, then json.load.
    return lambda data: json.loads(data.decode("utf-8"))


def sentencepiece_reader():
    import sentencepiece

    def read(data: bytes) -> None:
        try:
            sentencepiece.SentencePieceProcessor(model_proto=data)
        except RuntimeError as error:
            # Older ones read such a model, and InternLM2's is one.
            if "must not include null character" not in str(error):
                raise

    return read


READERS = {
    "safetensors": safetensors_reader,
    "gguf-py": gguf_py_reader,
    "ggml": ggml_reader,
    "python-json": python_json_reader,
    "sentencepiece": sentencepiece_reader,
}

read = READERS[sys.argv[1]]()
answers = os.fdopen(os.dup(1), "w", buffering=1)
# The readers' own words go nowhere: they would be taken for answers.
null = os.open(os.devnull, os.O_WRONLY)
os.dup2(null, 1)
os.dup2(null, 2)
answers.write("ready\n")
while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    (length,) = struct.unpack("<I", head)
    data = sys.stdin.buffer.read(length)
    try:
        read(data)
        answers.write("+\n")
    except BaseException as error:
        answers.write("-" + f"{type(error).__name__}: {error}"[:300].replace("\n", " ") + "\n")
