"""How kernels are compiled, and where the machine code is kept between runs.

Numba's cache looks at the file of the function itself only; an edit in a file that it calls would go
unnoticed. So the folder is named by a digest of all kernels' sources, the compiler and the CPU: any change
means another folder, and within one every process writes the same bytes, so that two may start at once. What
is found in a folder is used even if it cannot be written, as in a container's read-only image.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
from pathlib import Path

import llvmlite
import numba
from llvmlite import binding
from numba import config, njit
from numba.core import event
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary, get_host_cpu_features
from numba.core.compiler import Compiler
from numba.core.serialize import dumps

from e2v.kernels.compiling import tell
from e2v.notices import notice

_KERNELS = Path(__file__).parents[1]
_OPTIONS = {"nogil": True, "error_model": "numpy", "boundscheck": False}


def _base_folder():
    """NUMBA_CACHE_DIR where it is set, else the system's folder for caches."""
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR)
    xdg = Path(os.environ.get("XDG_CACHE_HOME") or ".")
    if xdg.is_absolute():  # others are to be ignored, says the XDG Base Directory Specification
        return xdg
    home = Path("~").expanduser()
    return home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"


def _digest():
    digest = hashlib.sha256()
    for path in sorted(_KERNELS.rglob("*.py")):
        digest.update(str(path.relative_to(_KERNELS)).encode() + b"\0" + path.read_bytes() + b"\0")
    cpu = config.CPU_NAME or binding.get_host_cpu_name()
    features = config.CPU_FEATURES if config.CPU_FEATURES is not None else get_host_cpu_features()
    for part in (numba.__version__, llvmlite.__version__, sys.version, cpu, features):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:20]


#: Bytes that must be free; all kernels take about a tenth of it. Numba does not survive a disk that fills up.
_MIN_FREE = 1 << 24
#: Folders of other versions, compilers or CPUs that are kept, the most recently used ones.
_MAX_OLD_FOLDERS = 4


def _prepare(folder):
    """Make the folder; returns why it cannot be written, or None."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _remove_old(folder)
        tempfile.TemporaryFile(dir=folder).close()  # which also marks the folder as used now
        if shutil.disk_usage(folder).free < _MIN_FREE:
            return "no space left"
    except OSError as error:
        return error.strerror
    return None


def _remove_old(folder):
    """Remove the least recently used folders; a process that still needs one compiles anew."""
    with contextlib.suppress(OSError):  # another process may be removing them as well
        others = [path for path in folder.parent.iterdir() if path.is_dir() and path != folder]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[_MAX_OLD_FOLDERS:]:
            shutil.rmtree(path)


_FOLDER = _base_folder() / "e2v" / _digest()
_OBSTACLE = None if config.DISABLE_JIT else _prepare(_FOLDER)


@functools.cache  # once
def _tell_that_it_is_not_kept():
    notice(
        f"compiled code cannot be kept in {_FOLDER.parent} ({_OBSTACLE}): each run compiles anew, for some "
        "seconds; set XDG_CACHE_HOME to a folder that can be written"
    )


@functools.cache  # once
def _tell_that_it_is_damaged():
    notice(f"compiled code in {_FOLDER} is damaged, and compiled anew")


def compiled_for():
    """The name of the CPU, and the features that code is compiled for."""
    cpu = config.CPU_NAME or binding.get_host_cpu_name()
    features = config.CPU_FEATURES if config.CPU_FEATURES is not None else get_host_cpu_features()
    return cpu, [name[1:] for name in features.split(",") if name.startswith("+")]


def kept_in():
    """The folder of compiled code, and why it cannot be written, or None."""
    return _FOLDER, _OBSTACLE


class _Compiling(event.Listener):
    """Tells whoever listens when compiling begins and ends; Numba compiles what a kernel calls within it."""

    def __init__(self):
        self._depth = 0

    def on_start(self, _event):
        self._depth += 1
        if self._depth == 1:
            tell(True)

    def on_end(self, _event):
        self._depth -= 1
        if self._depth == 0:
            tell(False)


event.register("numba:compile", _Compiling())


def _locator_for_cache_dir():
    """Numba's class that finds CACHE_DIR, whose name has an underscore in older versions."""
    for each in FunctionCache._impl_class._locator_classes:
        if each.__name__.lstrip("_") == "UserProvidedCacheLocator":
            return each
    raise ImportError(f"e2v does not know how Numba {numba.__version__} keeps code; install an older one")


class _Locator(_locator_for_cache_dir()):
    """Where a kernel's machine code is, whether or not it can be written."""

    def ensure_cache_path(self):
        if _OBSTACLE is None:
            super().ensure_cache_path()

    def get_source_stamp(self):
        return None  # the name of the folder says of which sources it is; times are lost in images


class _CacheFile(FunctionCache._impl_class):
    _locator_classes = (_Locator,)


class _CheckedFiles:
    """A kernel's machine code by its key, in a file each, behind the digest of what it holds.

    It takes the place of Numba's files, which are run as they are: what a power cut has left of one crashes.
    """

    def __init__(self, folder, base):
        self._folder, self._base = Path(folder), base

    def _path(self, key):
        return self._folder / f"{self._base}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def load(self, key):
        """What was saved with an equal key; None if nothing was, or it is damaged."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        size = hashlib.sha256().digest_size
        if hashlib.sha256(content[size:]).digest() != content[:size]:
            _tell_that_it_is_damaged()
            return None
        saved_with, data = pickle.loads(content[size:])
        return data if saved_with == key else None

    def save(self, key, data):
        """Keep what `load` gives."""
        path = self._path(key)
        content = dumps((key, data))
        temporary = path.with_name(f"{path.name}.tmp.{os.urandom(8).hex()}")
        try:
            temporary.write_bytes(hashlib.sha256(content).digest() + content)
            temporary.replace(path)
        except OSError:  # it is compiled anew next time
            with contextlib.suppress(OSError):
                temporary.unlink()

    def flush(self):
        """Nothing: there is no index."""


class _Cache(FunctionCache):
    """Numba's cache, which is only read where it cannot be written."""

    _impl_class = _CacheFile

    def __init__(self, function):
        super().__init__(function)
        self._cache_file = _CheckedFiles(self.cache_path, self._impl.filename_base)

    def load_overload(self, sig, target_context):
        found = None
        with contextlib.suppress(OSError):
            found = super().load_overload(sig, target_context)
        if found is None and _OBSTACLE is not None:
            _tell_that_it_is_not_kept()
        return found

    def save_overload(self, sig, data):
        if _OBSTACLE is None:
            super().save_overload(sig, data)


class _HelperLibrary(JITCodeLibrary):
    """The LLVM code of a helper, for a kernel to link in, optimise as a part of itself, and run.

    Numba would optimise each helper for itself too, and make machine code of it, which nobody runs: half of
    the time that a first training spent compiling.
    """

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalized = True

    def get_pointer_to_function(self, _name):
        self._ensure_finalized()
        return 0  # as of a function that is not defined

    @property
    def codegen(self):
        return self

    def set_env(self, name, env):
        """Nothing: without machine code there is no place for an environment, and helpers need none."""


class _HelperCompiler(Compiler):
    """Numba's compiler, with a library of its own kind."""

    def __init__(self, typingctx, targetctx, _library, *args):
        super().__init__(typingctx, targetctx, _HelperLibrary(targetctx.codegen(), "helper"), *args)


def kernel(function):
    """Compile an entry point on its first call, without the GIL, and keep the machine code on disk."""
    compiled = njit(function, **_OPTIONS)
    if config.DISABLE_JIT:
        return compiled
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_FOLDER)
    try:
        compiled._cache = _Cache(function)  # as njit(cache=True) has it, with a cache of ours
    finally:
        config.CACHE_DIR = before
    return compiled


def helper(function):
    """Compile a function that only kernels call: it becomes part of them, in memory and in the cache.

    It has no machine code of its own: Python cannot call it.
    """
    return njit(
        function,
        forceinline=True,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        pipeline_class=_HelperCompiler,
        **_OPTIONS,
    )
