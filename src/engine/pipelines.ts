import { GanvasError } from './errors.js';
import type { KernelCall } from './kernel.js';
import { bundledShaders, type ResolvedShader, type ShaderLibrary, type ShaderParam } from './shaderLibrary.js';

export interface Pipeline {
  readonly key: string;
  readonly shader: ResolvedShader;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** Compiles each (shader, flags, constants) once a device, asynchronously and in parallel. */
export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<Pipeline>>();
  private readonly shaders = new Map<string, { resolved: ResolvedShader; module: GPUShaderModule }>();

  constructor(
    private readonly device: GPUDevice,
    private readonly library: ShaderLibrary = bundledShaders,
  ) {}

  /** @throws GanvasError `shader-error`, naming file and line, when WGSL or its constants do not compile. */
  get(call: KernelCall): Promise<Pipeline> {
    const key = pipelineKey(call);
    let pipeline = this.pipelines.get(key);
    if (pipeline === undefined) this.pipelines.set(key, (pipeline = this.create(key, call)));
    return pipeline;
  }

  private async create(key: string, call: KernelCall): Promise<Pipeline> {
    const { resolved, module } = this.shader(call);
    const layout = this.device.createBindGroupLayout({
      label: `layout ${key}`,
      entries: resolved.bindings.map((binding) => ({
        binding: binding.index,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: binding.type },
      })),
    });
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: key,
        layout: this.device.createPipelineLayout({ label: `layout ${key}`, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main', constants: call.constants },
      });
      return { key, shader: resolved, layout, pipeline };
    } catch (cause) {
      throw await shaderError(call.shader, resolved, module, cause);
    }
  }

  private shader(call: KernelCall): { resolved: ResolvedShader; module: GPUShaderModule } {
    const key = `${call.shader} ${flagText(call.flags)}`;
    let shader = this.shaders.get(key);
    if (shader === undefined) {
      const resolved = this.library.resolve(call.shader, call.flags);
      shader = { resolved, module: this.createModule(key, resolved.code) };
      this.shaders.set(key, shader);
    }
    return shader;
  }

  /** A mistake in the WGSL is reported when the pipeline fails; it is no stray error of the device. */
  private createModule(label: string, code: string): GPUShaderModule {
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ label, code });
    this.device.popErrorScope().catch(() => null);
    return module;
  }
}

function pipelineKey(call: KernelCall): string {
  const constants = Object.entries(call.constants).map(([name, value]) => `${name}=${value}`);
  return [call.shader, flagText(call.flags), ...constants].filter((part) => part !== '').join(' ');
}

function flagText(flags: Readonly<Record<string, boolean>>): string {
  return Object.keys(flags)
    .filter((flag) => flags[flag])
    .join(' ');
}

async function shaderError(
  name: string,
  shader: ResolvedShader,
  module: GPUShaderModule,
  cause: unknown,
): Promise<GanvasError> {
  const info = await module.getCompilationInfo();
  const messages = info.messages
    .filter((message) => message.type === 'error')
    .map((message) => `${shader.locate(message.lineNum)}: ${message.message}`);
  const reason = messages.length > 0 ? messages.join('\n') : `shaders/${name}.wgsl: ${String(cause)}`;
  return new GanvasError('shader-error', `A kernel did not compile.\n${reason}`, { shader: name }, { cause });
}

/** Lays the call's `params` out as the shader declares them. Scalars only, so fields follow each other by 4 bytes. */
export function packParams(call: KernelCall, declared: readonly ShaderParam[]): ArrayBuffer {
  const bytes = new ArrayBuffer(Math.max(16, Math.ceil(declared.length / 4) * 16));
  const view = new DataView(bytes);
  const unknown = Object.keys(call.params).filter((name) => !declared.some((param) => param.name === name));
  if (unknown.length > 0)
    throw new RangeError(`internal: shaders/${call.shader}.wgsl has no params ${unknown.join(', ')}`);
  declared.forEach((param, index) => {
    const value = call.params[param.name];
    if (value === undefined)
      throw new RangeError(`internal: shaders/${call.shader}.wgsl needs the param ${param.name}`);
    if (param.type === 'f32') view.setFloat32(index * 4, value, true);
    else if (param.type === 'i32') view.setInt32(index * 4, value, true);
    else view.setUint32(index * 4, value, true);
  });
  return bytes;
}
