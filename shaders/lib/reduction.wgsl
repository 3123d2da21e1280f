// Combines the terms of each output, seen as the middle of [outer, size, inner], in f32 without losing accuracy: no sum
// is longer than a few dozen numbers before it meets others of its size. Long ones are cut into `parts` of `length`
// terms, an output each, which a further pass combines; the result is [outer, parts, inner].
// Flag: parallel (LANES invocations an output, whose shares are combined through workgroup memory; else an invocation an output).
// The including kernel binds y, declares in Params outputs, size, inner, parts, length, and defines
//   term(outer, inner, k), combine(a, b) and finish(value, outer), which sees each combined value before it is stored.
// @import lib/linearIndex

const BLOCK: u32 = 16u;
// Lanes' shares that one lane combines. Two steps, not a tree of six: a barrier costs more than seven sums.
const SHARES: u32 = 8u;
// Lanes of an output; a workgroup has whole outputs.
override LANES: u32 = 64u;

struct Run {
  outer: u32,
  inner: u32,
  first: u32,
  end: u32,
}

fn runOf(slot: u32) -> Run {
  let row = slot / params.inner;
  let first = row % params.parts * params.length;
  return Run(row / params.parts, slot % params.inner, first, min(first + params.length, params.size));
}

// Terms first, first + stride, … before `end`, in blocks; `first` is before `end`.
fn combineTerms(run: Run, first: u32, stride: u32) -> f32 {
  var total = term(run.outer, run.inner, first);
  var k = first + stride;
  while (k < run.end) {
    var short = term(run.outer, run.inner, k);
    k += stride;
    for (var i = 1u; i < BLOCK && k < run.end; i++) {
      short = combine(short, term(run.outer, run.inner, k));
      k += stride;
    }
    total = combine(total, short);
  }
  return total;
}

#if parallel
var<workgroup> shares: array<f32, WORKGROUP_SIZE>;
var<workgroup> groupShares: array<f32, WORKGROUP_SIZE>;

// Of the shares of an output's lanes from first on, of which live are there.
fn combineShares(output: u32, first: u32, live: u32) -> f32 {
  var total = shares[output + first];
  for (var i = first + 1u; i < min(first + SHARES, live); i++) {
    total = combine(total, shares[output + i]);
  }
  return total;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let output = invocation / LANES * LANES;
  let lane = invocation - output;
  let slot = (group.x + group.y * groups.x) * (WORKGROUP_SIZE / LANES) + invocation / LANES;
  let inRange = slot < params.outputs;
  let run = runOf(slot);
  // The last part may be shorter than the others.
  let live = select(0u, min(LANES, run.end - run.first), inRange);
  if (lane < live) {
    shares[invocation] = combineTerms(run, run.first + lane, LANES);
  }
  workgroupBarrier();
  if (lane * SHARES < live) {
    groupShares[invocation] = combineShares(output, lane * SHARES, live);
  }
  workgroupBarrier();
  if (inRange && lane == 0u) {
    var total = groupShares[output];
    for (var i = 1u; i * SHARES < live; i++) {
      total = combine(total, groupShares[output + i]);
    }
    y[slot] = finish(total, run.outer);
  }
}
#else
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = linearIndex(id, groups);
  if (slot >= params.outputs) {
    return;
  }
  let run = runOf(slot);
  y[slot] = finish(combineTerms(run, run.first, 1u), run.outer);
}
#endif
