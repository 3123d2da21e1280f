import { GanvasError } from './errors.js';
import { isOp, type OpTensor } from './graph.js';
import { isView, type BindingRole, type KernelCall, type Lowering, type View } from './kernel.js';
import { planMemory, type Lifetime, type MemoryPlan } from './memoryPlan.js';
import { at, formatShape, sizeOf, type DType, type Shape } from './shape.js';
import type { Tensor } from './tensor.js';
import type { Update } from './update.js';

/** Where a value lives: in the buffer of a placed node, or in a slot of the arena. */
export type Storage =
  | (Extent & { readonly kind: 'placed'; readonly owner: object })
  | (Extent & { readonly kind: 'arena'; readonly slot: number });

/** In bytes, from the beginning of the buffer. */
interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

/** One dispatch with its bindings resolved. */
export interface Step {
  readonly call: KernelCall;
  /** What it computes, for labels and the profile: `conv2d [1, 16, 64, 64]`. */
  readonly label: string;
  readonly bindings: ReadonlyMap<string, Storage>;
}

export interface Schedule {
  readonly steps: readonly Step[];
  readonly plan: MemoryPlan;
  /** Bytes of activations (inputs and output) of the step that has most; weights and constants do not count. */
  readonly largestStepBytes: number;
  /** Inputs that updates change. */
  readonly states: ReadonlySet<Tensor>;
  storageOf(tensor: Tensor): Storage;
}

export function bytesOf(shape: Shape, dtype: DType = 'f32'): number {
  return Math.max(4, Math.ceil((sizeOf(shape) * (dtype === 'f16' ? 2 : 4)) / 4) * 4);
}

/** The node whose bytes a tensor shows: itself, unless it is a view (a reshape). */
export function storageRoot(tensor: Tensor): Tensor {
  return locate(tensor).owner;
}

/** The node whose bytes a tensor shows, and which of them. */
function locate(tensor: Tensor): Place & { readonly owner: Tensor } {
  let [owner, offset] = [tensor, 0];
  while (isOp(owner)) {
    const lowering = lowerNode(owner);
    if (!isView(lowering)) break;
    offset += 4 * lowering.firstElement;
    owner = at(owner.source.inputs, 0);
  }
  return { owner, offset, bytes: bytesOf(tensor.shape, tensor.dtype) };
}

function lowerNode(tensor: OpTensor): Lowering | View {
  const { op, inputs, attributes } = tensor.source;
  return op.lower({ shapes: inputs.map((input) => input.shape), outputShape: tensor.shape, attributes });
}

/** Whatever occupies bytes: a node of the graph, or a kernel's scratch. */
interface Owner {
  readonly shape: Shape;
  readonly dtype?: DType;
}

interface Place extends Extent {
  readonly owner: Owner;
}

interface PendingStep {
  readonly call: KernelCall;
  readonly label: string;
  readonly places: ReadonlyMap<string, Place>;
}

interface Tenant {
  readonly bytes: number;
  first: number;
  last: number;
}

/** What a schedule is made of. */
export interface ScheduleParts {
  /** Nodes with inputs before readers; op nodes in `placed` must already hold their values or be written here. */
  readonly order: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Nodes with a buffer of their own: inputs, parameters, constants. */
  readonly placed: ReadonlySet<object>;
  /** Op nodes whose values are already there. */
  readonly skip: ReadonlySet<Tensor>;
  /** Changes of inputs in place, after everything else. */
  readonly updates?: readonly Update[];
}

/** Orders a graph into dispatches and lays its intermediates into an arena. */
export function buildSchedule({ order, outputs, placed, skip, updates = [] }: ScheduleParts): Schedule {
  const tenants = new Map<Owner, Tenant>();
  const pending: PendingStep[] = [];

  const touch = (owner: Owner, step: number): void => {
    if (placed.has(owner)) return;
    const tenant = tenants.get(owner);
    if (tenant === undefined) tenants.set(owner, { bytes: bytesOf(owner.shape, owner.dtype), first: step, last: step });
    else tenant.last = step;
  };
  const add = (call: KernelCall, label: string, placeOf: (role: BindingRole) => Place): void => {
    const places = new Map(Object.entries(call.bindings).map(([name, role]) => [name, placeOf(role)]));
    for (const { owner } of places.values()) touch(owner, pending.length);
    pending.push({ call, label, places });
  };

  for (const tensor of order) {
    if (!isOp(tensor) || skip.has(tensor)) continue;
    const lowering = lowerNode(tensor);
    if (isView(lowering)) continue;
    const scratch = lowering.temporaries.map((shape) => ({ shape }));
    const label = `${tensor.source.op.name} ${formatShape(tensor.shape)}`;
    for (const call of lowering.calls) add(call, label, (role) => placeOf(role, tensor, scratch));
  }
  for (const update of updates) {
    const label = `${update.op.name} ${update.states.map(({ shape }) => formatShape(shape)).join(' ')}`;
    add(lowerUpdate(update), label, (role) => updatePlaceOf(role, update));
  }
  for (const output of outputs) touch(storageRoot(output), pending.length);

  const owners = [...tenants.keys()];
  const lifetimes: Lifetime[] = [...tenants.values()];
  const plan = planMemory(lifetimes);
  const slotByOwner = new Map(owners.map((owner, index) => [owner, at(plan.slotOf, index)]));

  const storageAt = ({ owner, ...extent }: Place): Storage => {
    const slot = slotByOwner.get(owner);
    return slot !== undefined ? { kind: 'arena', slot, ...extent } : { kind: 'placed', owner, ...extent };
  };

  const steps = pending.map(({ call, label, places }) => ({
    call,
    label,
    bindings: new Map([...places].map(([name, place]) => [name, storageAt(place)])),
  }));
  return {
    steps,
    plan,
    largestStepBytes: Math.max(0, ...steps.map(activationBytes)),
    states: new Set(updates.flatMap((update) => update.states)),
    storageOf: (tensor) => storageAt(locate(tensor)),
  };
}

function lowerUpdate({ op, states, operands, attributes }: Update): KernelCall {
  const shapesOf = (tensors: readonly Tensor[]): Shape[] => tensors.map(({ shape }) => shape);
  return op.lower({ stateShapes: shapesOf(states), operandShapes: shapesOf(operands), attributes });
}

/** An operand that is a state of the same update would be read and written by one kernel, which WebGPU refuses. */
function updatePlaceOf(role: BindingRole, { op, states, operands }: Update): Place {
  if (role.role === 'state') return wholeOf(at(states, role.index));
  if (role.role !== 'input') throw new RangeError(`internal: ${op.name} binds neither a state nor an operand`);
  const place = locate(at(operands, role.index));
  if (states.some((state) => state === place.owner)) {
    throw new GanvasError(
      'operand-is-state',
      `${op.name}: an operand is the state it changes; a kernel cannot read and write one buffer. Compute a copy first.`,
    );
  }
  return place;
}

const wholeOf = (owner: Owner): Place => ({ owner, offset: 0, bytes: bytesOf(owner.shape, owner.dtype) });

function placeOf(role: BindingRole, tensor: Tensor, scratch: readonly Owner[]): Place {
  switch (role.role) {
    case 'output':
      return wholeOf(tensor);
    case 'temporary':
      return wholeOf(at(scratch, role.index));
    case 'state':
      throw new RangeError('internal: only updates have states');
    case 'input':
      if (!isOp(tensor)) throw new RangeError('internal: only op nodes have inputs');
      return locate(at(tensor.source.inputs, role.index));
  }
}

function activationBytes(step: Step): number {
  const slots = new Map<number, number>();
  for (const storage of step.bindings.values()) if (storage.kind === 'arena') slots.set(storage.slot, storage.bytes);
  return [...slots.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Holds a plan against the device before anything is allocated.
 * @throws GanvasError `limit-exceeded`, naming the tensor, the limit, what is needed and what is available: bytes of a
 *   buffer, or workgroups along one dimension.
 */
export function checkLimits(schedule: Schedule, limits: GPUSupportedLimits): void {
  // Bytes first: what is too large for a buffer is too large for a dispatch, too, and bytes say more.
  for (const step of schedule.steps) checkBindings(step, limits);
  for (const step of schedule.steps) checkWorkgroups(step, limits);
}

function checkBindings(step: Step, limits: GPUSupportedLimits): void {
  const limit =
    limits.maxStorageBufferBindingSize <= limits.maxBufferSize ? 'maxStorageBufferBindingSize' : 'maxBufferSize';
  const available = limits[limit];
  for (const [name, storage] of step.bindings) {
    if (storage.bytes <= available) continue;
    throw new GanvasError(
      'limit-exceeded',
      `${step.label} needs ${storage.bytes} bytes in one buffer (${name}); this adapter's ${limit} is ${available}. ` +
        'Use a model of lower resolution, or an adapter with a larger limit.',
      { limit, needed: storage.bytes, available },
    );
  }
}

/** Convolutions and FIR filters count channels and batch in workgroups, so that a large batch may exceed a dimension. */
function checkWorkgroups(step: Step, limits: GPUSupportedLimits): void {
  const limit = 'maxComputeWorkgroupsPerDimension';
  const needed = Math.max(...step.call.workgroups);
  const available = limits[limit];
  if (needed <= available) return;
  throw new GanvasError(
    'limit-exceeded',
    `${step.label} needs ${needed} workgroups along one dimension; this adapter's ${limit} is ${available}. ` +
      'Use a smaller batch or fewer channels, or an adapter with a larger limit.',
    { limit, needed, available },
  );
}
