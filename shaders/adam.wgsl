// One step of Adam (Kingma & Ba 2015), in place, with the bias corrections as torch.optim.Adam applies them:
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g²
//   value -= rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
// moments: all m, then all v; schedule: rate, 1 / (1 - beta1^t), 1 / (1 - beta2^t).
// gain1 and gain2 are 1 - beta: beta itself, near 1, has too few digits in f32 for the two to add up to 1.
// @import lib/linearIndex

struct Params {
  count: u32,
  gain1: f32,
  gain2: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<f32>;
@group(0) @binding(3) var<storage, read_write> value: array<f32>;
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linearIndex(id, groups);
  if (i >= params.count) {
    return;
  }
  let second = params.count + i;
  let g = gradient[i];
  let mean = moments[i] + params.gain1 * (g - moments[i]);
  let square = moments[second] + params.gain2 * (g * g - moments[second]);
  moments[i] = mean;
  moments[second] = square;
  value[i] -= schedule[0] * schedule[1] * mean / (sqrt(square * schedule[2]) + params.epsilon);
}
