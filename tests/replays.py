# SPDX-License-Identifier: Apache-2.0
"""Every transcript that a test made, decided again: the same decisions must come of it."""
import subprocess


def is_transcript(path):
    with open(path, "rb") as file:
        return b'"type":"run.started"' in file.readline(1 << 20)


def differing(program, folder):
    """What `reprise replay` says of the transcripts below a folder that do not give the same decisions again."""
    said = []
    for path in sorted(folder.rglob("*.jsonl")):
        if not path.is_file() or not is_transcript(path):
            continue
        if subprocess.run([program, "verify", path], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            continue  # what is damaged, on purpose, is no longer what was decided
        done = subprocess.run([program, "replay", path], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            said.append((done.stdout + done.stderr).decode("utf-8", "backslashreplace").strip())
    return said
