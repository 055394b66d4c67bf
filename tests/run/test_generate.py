"""`stint generate`: the same table in every format, one message and nothing left when it cannot be
written, parameters as flags, a table that a run can take."""

import csv
import io
import json
import os
import struct
import subprocess

from stint_test import DONE, FAILURE, STINT, USAGE, Place, expect, main, read, temporaries

NAMES = ("angles", "blobs", "moons", "circles", "records", "battery", "encoded")
FEW = ("--rows", "40")


def generated(place, *arguments, code=DONE):
    done = place.command("generate", *arguments)
    expect(done.returncode == code, arguments, done.returncode, done.stderr)
    return done


def refused(place, *arguments, code=USAGE):
    """The one message; nothing on standard output, nothing on disk."""
    before = os.listdir(place.path)
    done = generated(place, *arguments, code=code)
    lines = done.stderr.splitlines()
    expect(len(lines) == 1 and lines[0].startswith("stint: "), repr(done.stderr))
    expect(done.stdout == "", repr(done.stdout))
    expect(sorted(os.listdir(place.path)) == sorted(before), os.listdir(place.path))
    return lines[0]


def ingested(place, source):
    """Type and bytes of each tensor of what a source is read into, but for where it came from."""
    done = place.command("ingest", source, "--to", "read.safetensors")
    expect(done.returncode == DONE, done.stderr)
    data = read(place / "read.safetensors")
    size = struct.unpack("<Q", data[:8])[0]
    tensors = json.loads(data[8:8 + size])
    return {name: (t["dtype"], data[8 + size:][slice(*t["data_offsets"])])
            for name, t in tensors.items() if name not in ("__metadata__", "extra")}


def test_standard_output_and_files_hold_the_same():
    with Place() as place:
        for name in NAMES:
            out = generated(place, name, *FEW).stdout
            expect(len(out.splitlines()) >= 41, name, out[:200])
            done = generated(place, name, *FEW, "--to", name + ".csv")
            expect(read(place / name + ".csv").decode() == out, name, "differs from its file")
            expect(f"of {name} in {name}.csv" in done.stdout, done.stdout)
            tabs = generated(place, name, *FEW, "--to", name + ".tsv") and read(place / name + ".tsv")
            rows = [list(csv.reader(io.StringIO(t), delimiter=d))
                    for t, d in ((out, ","), (tabs.decode(), "\t"))]
            expect(rows[0] == rows[1], name, "differs from its TSV")
        place.clean(".")


def test_parquet_holds_what_csv_holds():
    with Place() as place:
        for name in NAMES:
            for ending in ("csv", "parquet"):
                generated(place, name, "--rows", "500", "--to", f"{name}.{ending}")
            kinds = [place.command("ingest", f"{name}.{e}", "--json").stdout
                     for e in ("csv", "parquet")]
            kinds = [json.loads(k)["columns"] for k in kinds]
            expect(kinds[0] == kinds[1], name, kinds)
            tables = [ingested(place, f"{name}.{e}") for e in ("csv", "parquet")]
            expect(tables[0].keys() == tables[1].keys(), tables[0].keys(), tables[1].keys())
            differ = [k for k in tables[0] if tables[0][k] != tables[1][k]]
            expect(not differ, name, "differs in", differ)
        place.clean(".")


def test_a_column_file_exports_to_the_same_parquet():
    with Place() as place:
        generated(place, "records", "--to", "a.safetensors")
        generated(place, "records", "--to", "a.parquet")
        expect(place.command("export", "a.safetensors", "b.parquet").returncode == DONE)
        expect(read(place / "a.parquet") == read(place / "b.parquet"))


def test_json_tells_the_structure():
    with Place() as place:
        done = generated(place, "blobs", "--centers", "4", "--cluster-std=0", "--json", "--to",
                         "b.csv")
        about = json.loads(done.stdout)
        expect(about["generator"] == "blobs" and about["rows"] == 1000 and about["to"] == "b.csv")
        expect(about["parameters"]["cluster_std"] == 0, about)
        centers = {c["label"]: c["at"] for c in about["structure"]["centers"]}
        with open(place / "b.csv") as f:
            for row in csv.DictReader(f):
                at = [float(row["x0"]), float(row["x1"])]
                expect(at == centers[int(row["label"])], row, centers)


def test_flags_that_are_wrong_are_refused():
    cases = (
        (("moon",), 'did you mean "moons"?'),
        (("moons", "--nois", "3"), 'no parameter "nois"; did you mean "noise"?'),
        (("blobs", "--center-boxes", "3"), 'did you mean "center_box"?'),
        (("moons", "--noise"), "noise has no value; write a number from 0 to 1000000"),
        (("moons", "--noise", "--seed", "1"), "noise has no value"),
        (("moons", "--noise", "-1"), 'noise is "-1"'),
        (("moons", "--rows=many"), 'rows is "many"; write a whole number from 1'),
        (("moons", "-n", "3"), "does not know -n"),
        (("moons", "circles"), 'does not want "circles"'),
        ((), "wants NAME"),
        (("moons", "--json"), "add --to FILE"),
        (("moons", "--to"), "--to wants FILE"),
        (("moons", "--to", "m.xlsx"), "let it end in .csv, .tsv, .parquet or .safetensors"),
        (("angles", "--features", "20"), "raise features"),
    )
    with Place() as place:
        for arguments, fragment in cases:
            said = refused(place, *arguments)
            expect(fragment in said, repr(fragment), "is not in", repr(said))


def test_nothing_is_left_when_it_cannot_be_written():
    with Place() as place:
        os.mkdir(place / "taken")
        for ending in ("csv", "tsv", "parquet", "safetensors"):
            said = refused(place, "moons", "--to", f"nowhere/m.{ending}", code=FAILURE)
            expect("nowhere/m." in said and "No such file" in said, said)
            os.mkdir(place / f"taken/m.{ending}")
            said = refused(place, "moons", "--to", f"taken/m.{ending}", code=FAILURE)
            expect(f"taken/m.{ending}" in said, said)
            expect(not temporaries(place / "taken"), os.listdir(place / "taken"))
        place.clean(".")


def test_a_reader_that_leaves_early_is_a_failure():
    with Place() as place:
        line = f"'{STINT}' generate moons --rows 200000 | head -2; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], text=True, capture_output=True,
                              env=place.environment(), timeout=60)
        expect(done.stdout.splitlines()[0] == "x0,x1,label", done.stdout)
        expect(done.stdout.splitlines()[-1] == str(FAILURE), done.stdout)
        expect("cannot write" in done.stderr, done.stderr)


def test_a_stopped_one_leaves_nothing():
    with Place() as place:
        for ending in ("csv", "parquet"):
            process = place.start("generate", "angles", "--rows", "10000000", "--to",
                                  f"a.{ending}")
            while not temporaries(place.path) and process.poll() is None:
                pass
            process.terminate()
            process.communicate(timeout=60)
            expect(process.returncode == 143, process.returncode)
            expect(os.listdir(place.path) in ([], ["cache"]), os.listdir(place.path))
        place.alone()


def test_help_names_generators_and_their_flags():
    with Place() as place:
        everything = generated(place, "--help").stdout
        for name in NAMES:
            expect(f"\n{name}: " in everything, name, "is not in the help")
        expect("--cluster-std " in everything and "--magnitude-scales " in everything, everything)
        only = generated(place, "moons", "--help").stdout
        expect("\nmoons: " in only and "\nblobs: " not in only, only)
        expect('did you mean "moons"' in generated(place, "moon", "--help", code=USAGE).stderr)


def test_a_run_takes_the_table():
    with Place() as place:
        generated(place, "angles", "--rows", "600", "--targets", "sincos", "--to", "a.csv")
        place.config("a.yaml", data="a.csv", target=["sin_angle", "cos_angle"], name="a")
        done = place.run("a.yaml", "a")
        expect(done.returncode == DONE, done.stderr)
        test = json.loads(read(place / "a/summary.json"))["test"]
        expect(test["r2"] > 0.5, test)


if __name__ == "__main__":
    main()
