#!/bin/bash
# sbatch deploy/slurm.sh RUN COUNT DIRECTORY: signals of a twin, written by many processes; then every file is hashed again.
# Submitted once more, it writes what is missing.
#SBATCH --job-name=wavetwin
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=01:00:00
set -euo pipefail
run=$1 count=$2 directory=$3

# WAVETWIN_DATA names a folder that all nodes see.
generate=(python -m core generate --run "$run" --count "$count" --format parquet --shards "$directory")
srun "${generate[@]}"
"${generate[@]}" --verify
