/**
 * ganvas: GAN generators on WebGPU. The engine (device, graphs, programs), ops, models, checkpoints and latents.
 * Directions, edits and the workbench that joins them are in `ganvas/workbench`, the editor in `ganvas/element`.
 */
export { requestGpu, type AdapterDescription, type GpuContext } from './engine/device.js';
export { checkpoint } from './engine/checkpoint.js';
export type { DifferentiateOptions } from './engine/differentiate.js';
export {
  Engine,
  type CompileOptions,
  type StepFunction,
  type TracedStep,
  type TraceFunction,
} from './engine/engine.js';
export { asGanvasError, GanvasError } from './engine/errors.js';
export { evaluateReference } from './engine/reference.js';
export type { KernelTiming } from './engine/profile.js';
export type { Program, ProgramReport } from './engine/program.js';
export type { DType, Shape } from './engine/shape.js';
export { constantTensor, inputTensor, parameterTensor, type Parameter, type Tensor } from './engine/tensor.js';
export { applyUpdate, type Update, type UpdateRecord } from './engine/update.js';

export type { Activation } from './ops/activations.js';
export { biasAct } from './ops/biasAct.js';
export { add, div, equal, maximum, minimum, mul, sub } from './ops/binary.js';
export { broadcastTo } from './ops/broadcastTo.js';
export { concat } from './ops/concat.js';
export { conv2d } from './ops/conv2d.js';
export { conv2dResample } from './ops/conv2dResample.js';
export { conv2dTransposed } from './ops/conv2dTransposed.js';
export { hessianVectorProduct, jacobianVectorProduct } from './ops/curvature.js';
export { dense, normalize2ndMoment } from './ops/dense.js';
export { filteredLrelu, type FilteredLreluOptions } from './ops/filteredLrelu.js';
export { checkFeatures, opLibrary, opLibraryFor, opLibraryWith, type KernelChoices } from './ops/opLibrary.js';
export { gradient } from './ops/gradient.js';
export { matmul } from './ops/matmul.js';
export { maxPool2d } from './ops/maxPool2d.js';
export { minibatchStddev } from './ops/minibatchStddev.js';
export { modulatedConv2d } from './ops/modulatedConv2d.js';
export { pad } from './ops/pad.js';
export { reduceMax, reduceMean, reduceSum } from './ops/reduce.js';
export { resize } from './ops/resample.js';
export { reshape } from './ops/reshape.js';
export { roll } from './ops/roll.js';
export { flip, slice } from './ops/slice.js';
export { softmax } from './ops/softmax.js';
export { transpose } from './ops/transpose.js';
export { affine, clamp, rsqrt, scale, square, unary } from './ops/unary.js';
export { downsample2d, filter2d, setupFilter, upfirdn2d, upsample2d } from './ops/upfirdn2d.js';

export type {
  Generator,
  GeneratorFamily,
  LatentWeight,
  NoiseMap,
  NoiseSource,
  SynthesisOptions,
  WLayer,
} from './models/generator.js';
export { BigGan, type BigGanConfig } from './models/biggan.js';
export { BigGanDeep, type BigGanDeepConfig } from './models/bigganDeep.js';
export { Dcgan, type DcganConfig } from './models/dcgan.js';
export { LayeredNetwork, type LayeredNetworkDescription } from './models/layeredNetwork.js';
export { LayeredGenerator } from './models/layeredNetworkGenerator.js';
export { Pggan, type PgganConfig } from './models/pggan.js';
export { PgganDiscriminator, type PgganDiscriminatorConfig } from './models/pgganDiscriminator.js';
export { StyleGan, type StyleGanConfig } from './models/stylegan.js';
export { StyleGan2, type StyleGan2Config } from './models/stylegan2.js';
export { StyleGan3, type StyleGan3Config } from './models/stylegan3.js';
export { AlexNet } from './models/alexnet.js';
export type { FeatureNetwork } from './models/featureNetwork.js';
export { Predictor } from './models/predictor.js';
export { SqueezeNet } from './models/squeezenet.js';
export { StyleGan2Discriminator, type StyleGan2DiscriminatorConfig } from './models/stylegan2Discriminator.js';
export { Vgg16 } from './models/vgg16.js';
export type { Weights } from './models/weights.js';

export { adam, adamDefaults, adamSchedule, adamScheduleShape, momentsShape } from './optimisers/adam.js';
export { renormalise } from './optimisers/renormalise.js';
export { constant, fading, ramped, type Schedule } from './optimisers/schedules.js';
export { sgd, sgdScheduleShape } from './optimisers/sgd.js';

export { featureDistance, featureL1 } from './losses/featureDistance.js';
export { l1 } from './losses/l1.js';
export { lpips } from './losses/lpips.js';
export { mse, psnr } from './losses/mse.js';
export { noiseRegulariser } from './losses/noiseRegulariser.js';
export { pathLength, type PathLengths } from './losses/pathLength.js';
export { r1Penalty } from './losses/r1Penalty.js';

export type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoints/checkpoint.js';
export { recogniseDiscriminator, type RecognisedDiscriminator } from './checkpoints/discriminator.js';
export { recogniseFeatureNetwork, type RecognisedFeatureNetwork } from './checkpoints/featureNetworks.js';
export { recogniseLayeredNetwork, type RecognisedLayers } from './checkpoints/layersFileLayout.js';
export { recogniseWithLayers } from './checkpoints/layersFileRecognition.js';
export { recogniseLpipsHeads, type LpipsHeads } from './checkpoints/lpipsHeads.js';
export { modelHash } from './checkpoints/modelHash.js';
export { chooseGenerator, readCheckpoint } from './checkpoints/open.js';
export { recogniseGenerator, type RecognisedGenerator } from './checkpoints/recognise.js';
export { readSafetensors, writeSafetensors } from './checkpoints/safetensors.js';
export { readTensor } from './checkpoints/storedTensor.js';

export type { Direction, LatentSpace, Provenance } from './latent/direction.js';
export { latentFromSeed, RandomState } from './latent/randomState.js';
export { truncatedLatentFromSeed } from './latent/truncatedNormal.js';
export { defaultRecipe, type Edit, type Recipe } from './latent/recipe.js';
export { parseRecipe } from './latent/recipeReading.js';
export { serializeRecipe } from './latent/recipeForm.js';
