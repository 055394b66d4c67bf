#!/usr/bin/env python3
"""Write tests/oracle/bits.json: HMACs of RFC 4231, Bloom encodings and two-grams by hashlib alone.

    python3 tools/oracle_bits.py

tests/unit/data/test_bits.c compares.  The encoding is Schnell, Bachteler, Reiher 2009 with double
hashing: two-grams of the folded text between underscores, bit i at (h1 + i h2) mod width.
"""

import hashlib
import hmac
import json
import os
import random

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/bits.json")

# RFC 4231, test cases 1, 2, 3, 4, 6 and 7
HMACS = [
    (b"\x0b" * 20, b"Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50,
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    (b"\xaa" * 131,
     b"This is a test using a larger than block-size key and a larger than block-size data. "
     b"The key needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
]

NAMES = ["Smith", "smith", "SMYTHE", "", "a", "O'Brien", "Müller", "MÜLLER", "Ångström",
         "Straße", "ΣΊΣΥΦΟΣ", "Иванов", "李小龍", "José María", "x_y", "  two  spaces ", "İstanbul",
         "ẞ", "K", "𐐀𐐁", "nnnnnnnn"]
KEYS = ["sesame", "a key of more than one block of SHA-256, " * 3, "Schlüssel"]


def fold(c):
    """Simple case folding of one character."""
    folded = c.casefold()
    if len(folded) == 1:
        return folded
    lower = c.lower()
    return lower if len(lower) == 1 else c


def bloom(text, key, width, hashes):
    padded = "_" + "".join(fold(c) for c in text) + "_" if text else ""
    bits = 0
    for pair in zip(padded, padded[1:]):
        mac = hmac.new(key.encode(), "".join(pair).encode(), hashlib.sha256).digest()
        h1, h2 = int.from_bytes(mac[:8], "big"), int.from_bytes(mac[8:16], "big")
        for i in range(hashes):
            bits |= 1 << ((h1 + i * h2) % width)
    return "".join("1" if bits >> i & 1 else "0" for i in range(width))


def grams(text, alphabet):
    if all(fold(c) == c for c in alphabet):
        text = "".join(fold(c) for c in text)
    there = set(zip(text, text[1:]))
    return "".join("1" if (a, b) in there else "0" for a in alphabet for b in alphabet)


def main():
    random.seed(7)
    for key, text, mac in HMACS:
        assert hmac.new(key, text, hashlib.sha256).hexdigest() == mac
    out = {
        "hmac": [{"key": k.hex(), "text": t.hex(), "mac": m} for k, t, m in HMACS],
        "digest": [{"key": k, "digest": hashlib.pbkdf2_hmac(
            "sha256", k.encode(), b"stint bloom key", 20000, 16).hex()} for k in KEYS],
        "bloom": [{"text": n, "key": key, "width": width, "hashes": hashes,
                   "bits": bloom(n, key, width, hashes)}
                  for key, width, hashes in ((KEYS[0], 64, 3), (KEYS[0], 1024, 10),
                                             (KEYS[1], 101, 7), (KEYS[2], 512, 20))
                  for n in NAMES],
        "grams": [{"text": n, "alphabet": a, "bits": grams(n, a)}
                  for a in ("abcdefghijklmnopqrstuvwxyz", "abnoü", "SMITHe", "-_ x", "σίυφο")
                  for n in NAMES + ["banana", "non-on"]],
        "fold": [[ord(c), ord(fold(c))] for c in random.sample(
            [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and fold(chr(c)) != chr(c)],
            300)],
    }
    with open(OUT, "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
