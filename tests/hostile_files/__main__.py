"""Write every hostile file into a folder, and say what must come of it."""

import sys
from pathlib import Path

from tests.hostile_files import HOSTILE_FILES, write_files

if len(sys.argv) != 2:
    sys.exit("usage: python -m tests.hostile_files FOLDER")
write_files(Path(sys.argv[1]))
for file in HOSTILE_FILES.values():
    fate = f"{file.new} come in" if file.new else "refused"
    print(f"{file.name}: {fate}: {file.about}")
