import { isCheckpoint } from './checkpoint.js';
import { executionOrder } from './executionOrder.js';
import type { GraphPass } from './fusion.js';
import { constantNodes, isOp, mergeEqual, rewriteGraph, Interner } from './graph.js';
import { buildSchedule, bytesOf, storageRoot, type Schedule } from './schedule.js';
import { at, type Shape } from './shape.js';
import { inputTensor, type Tensor } from './tensor.js';
import type { Update } from './update.js';

/** Named inputs to named outputs. */
export type TraceFunction = (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;

/** Outputs, and changes of the inputs that follow them. */
export interface TracedStep {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates: readonly Update[];
}

export type StepFunction = (inputs: Readonly<Record<string, Tensor>>) => TracedStep;

/** What running costs, known before anything is allocated. */
export interface ProgramReport {
  readonly dispatches: number;
  /** Intermediates and outputs, slots reused. */
  readonly arenaBytes: number;
  /** Activations (inputs and output) of the step that has most. */
  readonly largestStepBytes: number;
  /** Inputs, states among them. */
  readonly inputBytes: number;
  /** Weights and constants that it reads; programs of one engine share them. */
  readonly constantBytes: number;
  readonly flops: number;
}

/** A traced, fused and scheduled graph. */
export interface GraphPlan {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Input nodes that something reads or changes. */
  readonly inputNodes: readonly Tensor[];
  /** Parameters and constant results that have to be there before it runs. */
  readonly constants: ReadonlySet<Tensor>;
  readonly schedule: Schedule;
  readonly report: ProgramReport;
}

/** Traces a function and plans its dispatches and memory, without a device. `passes` rewrite the graph in turn. */
export function planGraph(
  fn: StepFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  passes: readonly GraphPass[],
  interner: Interner,
): GraphPlan {
  const inputs = new Map(Object.entries(inputShapes).map(([name, shape]) => [name, inputTensor(name, shape)]));
  const traced = fn(Object.fromEntries(inputs));
  const named = Object.entries(traced.outputs);
  const operands = traced.updates.flatMap((update) => update.operands);
  const roots = optimise([...named.map(([, tensor]) => tensor), ...operands], passes, new Interner(interner));
  const outputs = roots.slice(0, named.length);
  const updates = withOperands(traced.updates, roots.slice(named.length));

  const order = executionOrder(roots);
  const folded = constantNodes(order);
  const constants = constantsRead(order, roots, folded);
  const states = updates.flatMap((update) => update.states);
  const inputNodes = [...new Set([...order.filter(({ source }) => source.kind === 'input'), ...states])];
  const schedule = buildSchedule({
    order,
    outputs,
    placed: new Set<object>([...constants, ...inputNodes]),
    skip: folded,
    updates,
  });
  return {
    inputs,
    outputs: new Map(named.map(([name], index) => [name, at(outputs, index)])),
    inputNodes,
    constants,
    schedule,
    report: reportOf(schedule, [...inputs.values()], [...constants]),
  };
}

function optimise(roots: readonly Tensor[], passes: readonly GraphPass[], interner: Interner): Tensor[] {
  const merged = mergeEqual(withoutCheckpoints(roots), interner);
  return passes.reduce((graph, pass) => mergeEqual(pass(graph), interner), merged);
}

/** Checkpoints have told differentiation what it needed to know; left in, they would keep ops from fusing. */
function withoutCheckpoints(roots: readonly Tensor[]): Tensor[] {
  return rewriteGraph(roots, (rebuilt) =>
    isOp(rebuilt) && isCheckpoint(rebuilt) ? at(rebuilt.source.inputs, 0) : rebuilt,
  ).outputs;
}

function withOperands(updates: readonly Update[], operands: readonly Tensor[]): Update[] {
  let first = 0;
  return updates.map((update) => {
    const own = operands.slice(first, first + update.operands.length);
    first += own.length;
    return { ...update, operands: own };
  });
}

/** The constants that something in the program reads, or that are outputs themselves. */
function constantsRead(
  order: readonly Tensor[],
  roots: readonly Tensor[],
  constants: ReadonlySet<Tensor>,
): Set<Tensor> {
  const read = new Set<Tensor>();
  for (const tensor of order) {
    if (!isOp(tensor) || constants.has(tensor)) continue;
    for (const operand of tensor.source.inputs) if (constants.has(operand)) read.add(storageRoot(operand));
  }
  for (const tensor of roots) if (constants.has(tensor)) read.add(storageRoot(tensor));
  return read;
}

export function reportOf(schedule: Schedule, inputs: readonly Tensor[], constants: readonly Tensor[]): ProgramReport {
  const sum = (tensors: readonly Tensor[]): number =>
    tensors.reduce((total, { shape, dtype }) => total + bytesOf(shape, dtype), 0);
  return {
    dispatches: schedule.steps.length,
    arenaBytes: schedule.plan.totalBytes,
    largestStepBytes: schedule.largestStepBytes,
    inputBytes: sum(inputs),
    constantBytes: sum(constants),
    flops: schedule.steps.reduce((total, step) => total + step.call.flops, 0),
  };
}
