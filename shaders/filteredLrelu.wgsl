// Filtered leaky ReLU (Karras et al. 2021, §3.2), one tile of one plane of the output a workgroup:
//   y = after(activate(before(x)))                                 the layer
//   y = after(slope(activate(saved(reference))) ∘ before(x))       hasReference: what is linear in x, for derivatives
// before and saved insert zeros, pad and filter; after pads, filters and keeps every n-th sample; filters are turned so
// that they correlate. What lies between them, the middle, has several times the samples of x and y and is never
// stored: each workgroup computes the part that its tile is made of.
// Extents of tiles and filters are constants, so that loops over taps unroll; a model has two or three sets of them.

struct Params {
  inHeight: i32,
  inWidth: i32,
  middleHeight: i32,
  middleWidth: i32,
  outHeight: i32,
  outWidth: i32,
  beforePadY: i32,
  beforePadX: i32,
  beforeGain: f32,
  afterPadY: i32,
  afterPadX: i32,
  afterGain: f32,
#if hasReference
  savedHeight: i32,
  savedWidth: i32,
  savedPadY: i32,
  savedPadX: i32,
  savedGain: f32,
#endif
  positive: f32,
  negative: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 256u;

// SEPARABLE: taps along x, then along y, instead of a plane of them.
override BEFORE_UP_Y: i32 = 1;
override BEFORE_UP_X: i32 = 1;
override BEFORE_TAPS_Y: i32 = 1;
override BEFORE_TAPS_X: i32 = 1;
override BEFORE_SEPARABLE: u32 = 0u;
override AFTER_DOWN_Y: i32 = 1;
override AFTER_DOWN_X: i32 = 1;
override AFTER_TAPS_Y: i32 = 1;
override AFTER_TAPS_X: i32 = 1;
override AFTER_SEPARABLE: u32 = 0u;
#if hasReference
override SAVED_UP_Y: i32 = 1;
override SAVED_UP_X: i32 = 1;
override SAVED_TAPS_Y: i32 = 1;
override SAVED_TAPS_X: i32 = 1;
override SAVED_SEPARABLE: u32 = 0u;
#endif

// Outputs of a workgroup, samples of the middle that they are made of, and numbers in `stage`.
override TILE_Y: i32 = 1;
override TILE_X: i32 = 1;
override MIDDLE_Y: i32 = 1;
override MIDDLE_X: i32 = 1;
override MIDDLE_SIZE: u32 = 1u;
override STAGE_SIZE: u32 = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> beforeTaps: array<f32>;
@group(0) @binding(3) var<storage, read> afterTaps: array<f32>;
#if hasReference
@group(0) @binding(4) var<storage, read> reference: array<f32>;
@group(0) @binding(5) var<storage, read> savedTaps: array<f32>;
#endif
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

// What a filter reads, followed by what it has made of that along x; in the end, the middle filtered along x.
var<workgroup> stage: array<f32, STAGE_SIZE>;
var<workgroup> middle: array<f32, MIDDLE_SIZE>;

// A filter that upsamples, at the part of the middle that the tile is made of. Vectors are (x, y).
struct Upsampling {
  isSaved: bool,
  isSeparable: bool,
  size: vec2<i32>,
  up: vec2<i32>,
  taps: vec2<i32>,
  gain: f32,
  // Where the part begins among the samples and the zeros between them.
  origin: vec2<i32>,
  // The first sample that it reads, and how many.
  first: vec2<i32>,
  count: vec2<i32>,
}

fn ceilDivide(a: vec2<i32>, b: vec2<i32>) -> vec2<i32> {
  return select(a / b, (a + b - 1) / b, a > vec2<i32>(0));
}

fn withSamples(given: Upsampling) -> Upsampling {
  var filtering = given;
  filtering.first = ceilDivide(given.origin, given.up);
  filtering.count = (vec2<i32>(MIDDLE_X, MIDDLE_Y) + given.taps - 2) / given.up + 1;
  return filtering;
}

fn upsamplingBefore(corner: vec2<i32>) -> Upsampling {
  var filtering: Upsampling;
  filtering.isSeparable = BEFORE_SEPARABLE == 1u;
  filtering.size = vec2<i32>(params.inWidth, params.inHeight);
  filtering.up = vec2<i32>(BEFORE_UP_X, BEFORE_UP_Y);
  filtering.taps = vec2<i32>(BEFORE_TAPS_X, BEFORE_TAPS_Y);
  filtering.gain = params.beforeGain;
  filtering.origin = corner - vec2<i32>(params.beforePadX, params.beforePadY);
  return withSamples(filtering);
}

#if hasReference
fn upsamplingSaved(corner: vec2<i32>) -> Upsampling {
  var filtering: Upsampling;
  filtering.isSaved = true;
  filtering.isSeparable = SAVED_SEPARABLE == 1u;
  filtering.size = vec2<i32>(params.savedWidth, params.savedHeight);
  filtering.up = vec2<i32>(SAVED_UP_X, SAVED_UP_Y);
  filtering.taps = vec2<i32>(SAVED_TAPS_X, SAVED_TAPS_Y);
  filtering.gain = params.savedGain;
  filtering.origin = corner - vec2<i32>(params.savedPadX, params.savedPadY);
  return withSamples(filtering);
}
#endif

fn sampleAt(isSaved: bool, index: i32) -> f32 {
#if hasReference
  if (isSaved) {
    return reference[index];
  }
#endif
  return x[index];
}

fn tapAt(isSaved: bool, index: i32) -> f32 {
#if hasReference
  if (isSaved) {
    return savedTaps[index];
  }
#endif
  return beforeTaps[index];
}

// Reads the samples, zeros beyond the edges, and filters them along x where that is a step of its own.
fn stageSamples(filtering: Upsampling, plane: i32, lane: i32) {
  let count = filtering.count;
  for (var i = lane; i < count.x * count.y; i += i32(WORKGROUP_SIZE)) {
    let place = filtering.first + vec2<i32>(i % count.x, i / count.x);
    let nearest = clamp(place, vec2<i32>(0), filtering.size - 1);
    let value = sampleAt(filtering.isSaved, (plane * filtering.size.y + nearest.y) * filtering.size.x + nearest.x);
    stage[i] = select(0.0, value, all(place == nearest));
  }
  workgroupBarrier();
  if (filtering.isSeparable) {
    for (var i = lane; i < MIDDLE_X * count.y; i += i32(WORKGROUP_SIZE)) {
      let start = filtering.origin + vec2<i32>(i % MIDDLE_X, 0);
      let first = ceilDivide(start, filtering.up);
      let begin = i / MIDDLE_X * count.x + first.x - filtering.first.x;
      var sum = 0.0;
      var sample = begin;
      for (var tap = first.x * filtering.up.x - start.x; tap < filtering.taps.x; tap += filtering.up.x) {
        sum += stage[sample] * tapAt(filtering.isSaved, tap);
        sample++;
      }
      stage[count.x * count.y + i] = sum;
    }
    workgroupBarrier();
  }
}

// A number of the middle's part, of what `stageSamples` left.
fn upsampledAt(filtering: Upsampling, place: vec2<i32>) -> f32 {
  let start = filtering.origin + place;
  let first = ceilDivide(start, filtering.up);
  let phase = first * filtering.up - start;
  let row = first.y - filtering.first.y;
  var sum = 0.0;
  if (filtering.isSeparable) {
    var sample = filtering.count.x * filtering.count.y + row * MIDDLE_X + place.x;
    for (var tap = phase.y; tap < filtering.taps.y; tap += filtering.up.y) {
      sum += stage[sample] * tapAt(filtering.isSaved, filtering.taps.x + tap);
      sample += MIDDLE_X;
    }
  } else {
    var begin = row * filtering.count.x + first.x - filtering.first.x;
    for (var tapY = phase.y; tapY < filtering.taps.y; tapY += filtering.up.y) {
      var sample = begin;
      for (var tapX = phase.x; tapX < filtering.taps.x; tapX += filtering.up.x) {
        sum += stage[sample] * tapAt(filtering.isSaved, tapY * filtering.taps.x + tapX);
        sample++;
      }
      begin += filtering.count.x;
    }
  }
  return sum * filtering.gain;
}

fn activate(value: f32) -> f32 {
  let result = value * select(params.negative, params.positive, value >= 0.0);
  return clamp(result, -params.clampTo, params.clampTo);
}

fn slopeAt(value: f32) -> f32 {
  let result = activate(value);
  return select(select(params.negative, params.positive, result > 0.0), 0.0, abs(result) >= params.clampTo);
}

fn middlePlace(i: i32) -> vec2<i32> {
  return vec2<i32>(i % MIDDLE_X, i / MIDDLE_X);
}

// The middle has zeros around it, not what its filter would make there.
fn insideMiddle(place: vec2<i32>) -> bool {
  return all(place >= vec2<i32>(0)) && all(place < vec2<i32>(params.middleWidth, params.middleHeight));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let lane = i32(invocation);
  let plane = i32(group.z);
  let tile = vec2<i32>(group.xy) * vec2<i32>(TILE_X, TILE_Y);
  let corner = tile * vec2<i32>(AFTER_DOWN_X, AFTER_DOWN_Y) - vec2<i32>(params.afterPadX, params.afterPadY);
#if hasReference
  let saved = upsamplingSaved(corner);
  stageSamples(saved, plane, lane);
  for (var i = lane; i < MIDDLE_X * MIDDLE_Y; i += i32(WORKGROUP_SIZE)) {
    middle[i] = slopeAt(upsampledAt(saved, middlePlace(i)));
  }
  workgroupBarrier();
#endif
  let before = upsamplingBefore(corner);
  stageSamples(before, plane, lane);
  for (var i = lane; i < MIDDLE_X * MIDDLE_Y; i += i32(WORKGROUP_SIZE)) {
    let value = upsampledAt(before, middlePlace(i));
#if hasReference
    let result = value * middle[i];
#else
    let result = activate(value);
#endif
    middle[i] = select(0.0, result, insideMiddle(corner + middlePlace(i)));
  }
  workgroupBarrier();
  if (AFTER_SEPARABLE == 1u) {
    for (var i = lane; i < TILE_X * MIDDLE_Y; i += i32(WORKGROUP_SIZE)) {
      let begin = i / TILE_X * MIDDLE_X + i % TILE_X * AFTER_DOWN_X;
      var sum = 0.0;
      for (var tap = 0; tap < AFTER_TAPS_X; tap++) {
        sum += middle[begin + tap] * afterTaps[tap];
      }
      stage[i] = sum;
    }
    workgroupBarrier();
  }
  for (var i = lane; i < TILE_X * TILE_Y; i += i32(WORKGROUP_SIZE)) {
    let place = vec2<i32>(i % TILE_X, i / TILE_X);
    let out = tile + place;
    if (out.x < params.outWidth && out.y < params.outHeight) {
      y[(plane * params.outHeight + out.y) * params.outWidth + out.x] = filteredAt(place) * params.afterGain;
    }
  }
}

// An output, of `stage` along y or of the middle.
fn filteredAt(place: vec2<i32>) -> f32 {
  var sum = 0.0;
  if (AFTER_SEPARABLE == 1u) {
    let begin = place.y * AFTER_DOWN_Y * TILE_X + place.x;
    for (var tap = 0; tap < AFTER_TAPS_Y; tap++) {
      sum += stage[begin + tap * TILE_X] * afterTaps[AFTER_TAPS_X + tap];
    }
  } else {
    let begin = place.y * AFTER_DOWN_Y * MIDDLE_X + place.x * AFTER_DOWN_X;
    for (var tapY = 0; tapY < AFTER_TAPS_Y; tapY++) {
      for (var tapX = 0; tapX < AFTER_TAPS_X; tapX++) {
        sum += middle[begin + tapY * MIDDLE_X + tapX] * afterTaps[tapY * AFTER_TAPS_X + tapX];
      }
    }
  }
  return sum;
}
