/**
 * What inverting needs beyond a picture and a panel: the optimisation, its losses and the networks that they read. Loaded
 * when the first job begins, because most who open an editor invert nothing.
 */
export { checkSettings } from '../inversion/inversionChecks.js';
export { settingsOf } from '../inversion/inversionMethods.js';
export { featureLoss } from './featureLoss.js';
export { openedEncoder } from './openedEncoder.js';
export { InversionJob } from './inversionJob.js';
export { ownDiscriminatorLoss } from './ownDiscriminator.js';
