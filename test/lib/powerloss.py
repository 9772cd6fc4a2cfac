"""What test/lib/unsynced.c noted, and what a loss of power makes of it."""
import os
import random
import struct

RECORD = struct.Struct("=IIII QQQ")
WRITE, TRUNCATE, SYNC, NAME, FOLDER = range(1, 6)
SECTOR = 512


class Change:
    """A write or truncation that no sync has made safe."""

    def __init__(self, kind, offset, size, old, new):
        self.kind, self.offset, self.size = kind, offset, size
        self.old, self.new = old, new

    def undo(self, content):
        if self.kind == WRITE:
            content[self.offset:self.offset + len(self.old)] = self.old
            del content[self.size:]
        else:
            del content[self.offset:]
            content.extend(self.old)

    def redo(self, content, rng, torn):
        if self.kind == TRUNCATE:
            del content[self.offset:]
            content.extend(bytes(self.offset - len(content)))
            return
        end = self.offset + len(self.new)
        content.extend(bytes(max(0, end - len(content))))
        for at in range(0, len(self.new), SECTOR):
            if torn and rng.random() < 0.5:
                continue
            piece = self.new[at:at + SECTOR]
            content[self.offset + at:self.offset + at + len(piece)] = piece


class Journal:
    """The journal of one run of a server."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.unsynced = {}          # inode: [Change]
        self.durable = {}           # name: inode
        with open(os.path.join(self.folder, "journal"), "rb") as journal:
            self._read(journal.read())

    def _read(self, data):
        at, names = 0, {}
        while at + RECORD.size <= len(data):
            kind, old_n, new_n, _, inode, offset, size = \
                RECORD.unpack_from(data, at)
            at += RECORD.size
            if at + old_n + new_n > len(data):
                break               # cut by the kill: nothing was done yet
            old = data[at:at + old_n]
            new = data[at + old_n:at + old_n + new_n]
            at += old_n + new_n
            if kind == SYNC:
                self.unsynced[inode] = []
            elif kind == NAME:
                names[new.decode()] = inode
            elif kind == FOLDER:
                self.durable, names = names, {}
            else:
                self.unsynced.setdefault(inode, []).append(
                    Change(kind, offset, size, old, new))

    def count(self):
        """How many changes no sync has made safe."""
        return sum(len(changes) for changes in self.unsynced.values())

    def lose_power(self, data, keep=0.0, seed=0):
        """Take from the folder `data` what was not synced.  Of that, the
        share `keep` has reached the disk all the same, some of it torn."""
        rng = random.Random(seed)
        found = {}                  # inode: path of what is there
        for folder in (self.folder, str(data)):
            for name in sorted(os.listdir(folder)):
                path = os.path.join(folder, name)
                found[os.stat(path).st_ino] = path
        contents = {}
        for name, inode in self.durable.items():
            if name.endswith("-shm"):
                continue
            with open(found[inode], "rb") as file:
                content = bytearray(file.read())
            contents[name] = self._survive(content, inode, keep, rng)
        for name in os.listdir(data):
            os.unlink(os.path.join(data, name))
        for name, content in contents.items():
            with open(os.path.join(data, name), "wb") as file:
                file.write(content)

    def _survive(self, content, inode, keep, rng):
        changes = self.unsynced.get(inode, [])
        for change in reversed(changes):
            change.undo(content)
        for change in changes:
            if rng.random() < keep:
                change.redo(content, rng, rng.random() < 0.3)
        return content
