# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback for one name, whose address changes while it is asked, as after an entry was edited."""

import socket
import struct
import threading


class Names:
    """Answers the first `late` questions with the old address, every further one with the new."""

    def __init__(self, name, old, new, late):
        self.name, self.old, self.new, self.late = name, old, new, late
        self.asked = 0
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.bind(("127.0.0.1", 0))
        self.port = self.link.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            message, peer = self.link.recvfrom(4096)
            self.link.sendto(self.answer(message), peer)

    def answer(self, message):
        """One A record, or that there is no such name. The question comes back; what stood behind it does not."""
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
        question = message[12:at + 5]
        if ".".join(labels) != self.name:
            return message[:2] + struct.pack("!HHHHH", 0x8583, 1, 0, 0, 0) + question
        self.asked += 1
        address = self.old if self.asked <= self.late else self.new
        record = struct.pack("!HHHIH", 0xC00C, 1, 1, 5, 4) + socket.inet_aton(address)
        return message[:2] + struct.pack("!HHHHH", 0x8580, 1, 1, 0, 0) + question + record
