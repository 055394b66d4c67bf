"""A table of many columns as Parquet and as HDF5 (one dataset a column): what naming a few reads."""

import sys

import h5py
import numpy
import pyarrow
import pyarrow.parquet

rows, columns, parquet, hdf5 = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
random = numpy.random.default_rng(1)
data = {f"x{j}": random.normal(size=rows) for j in range(columns - 1)}
data["y"] = data["x0"] - 2 * data["x1"] + random.normal(size=rows)
pyarrow.parquet.write_table(pyarrow.table(data), parquet)
with h5py.File(hdf5, "w") as file:
    for name, values in data.items():
        file.create_dataset(f"table/{name}", data=values)
print('{"name": "written"}')
