#!/bin/sh
# Everything from nothing to exported weights, in one folder.  What is there already is not made again.
# usage: train.sh face64|face128 WORK [MINUTES of the generator's training, of which a third is without a discriminator]
set -e
here=$(cd "$(dirname "$0")" && pwd); model=$1; work=$2; minutes=${3:-300}
python=${PYTHON:-python3}
# glibc gives every big tensor back to the system at once, and on CPUs up to half of a run's time is spent fetching the pages again.
export MALLOC_MMAP_THRESHOLD_=2000000000 MALLOC_TRIM_THRESHOLD_=4000000000
res=${model#face}
stages=32:20,64:9999
[ "$model" = face128 ] && stages=32:20,64:60,128:9999
mkdir -p "$work/run"
[ -e "$work/data/train.rgb" ] || "$here/render_dataset.sh" "$work/data" "$res"
[ -e "$work/nets/segmenter.pt" ] || $python "$here/train_nets.py" "$work/data" "$work/nets" --resolution "$res"
gan() {
  resume=
  [ -e "$work/run/last.pt" ] && resume="--resume $work/run/last.pt"
  $python "$here/train_gan.py" "$work/data" "$work/run" --model "$model" --stages $stages --batch 32 \
    --predictor "$work/nets/predictor.pt" --segmenter "$work/nets/segmenter.pt" $resume "$@"
}
gan --adversarial 0 --mix 0.1 --lr 0.003 --minutes $((minutes / 3)) --decay 1
gan --mix 0.3 --lr 0.0016 --gamma 4 --minutes "$minutes"
$python "$here/train_encoder.py" "$work/data" "$work/run/last.pt" "$work/nets/predictor.pt" "$work/nets"
$python "$here/export.py" "$work/data" "$work/run/last.pt" "$work/nets" "$work/$model"
$python "$here/make_card.py" "$work/$model"
$python "$here/check_golden.py" "$work/$model"
$python "$here/plot_curve.py" "$work/run" "$work/$model/curve.png"
