// One step of gradient descent with momentum, in place, as torch.optim.SGD:
//   velocity = momentum * velocity + gradient,   value -= schedule[0] * velocity
// @import lib/linearIndex

struct Params {
  count: u32,
  momentum: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<f32>;
@group(0) @binding(3) var<storage, read_write> value: array<f32>;
@group(0) @binding(4) var<storage, read_write> velocity: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linearIndex(id, groups);
  if (i >= params.count) {
    return;
  }
  let moved = params.momentum * velocity[i] + gradient[i];
  velocity[i] = moved;
  value[i] -= schedule[0] * moved;
}
