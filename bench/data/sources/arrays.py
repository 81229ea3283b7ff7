"""What numpy raises for an .npz file that cannot be read."""

import struct
import zlib
from zipfile import BadZipFile

UNREADABLE = (OSError, EOFError, ValueError, BadZipFile, NotImplementedError, SyntaxError, struct.error, zlib.error)
