type Shapes = Readonly<Record<string, readonly number[]>>;

/**
 * Shapes of torchvision's networks, written down as printed by their state_dict(), not computed: weights only, every
 * bias has the first extent.
 */
export const torchvisionWeights: Readonly<Record<'vgg16' | 'alexnet' | 'squeezenet', Shapes>> = {
  vgg16: {
    'features.0': [64, 3, 3, 3],
    'features.2': [64, 64, 3, 3],
    'features.5': [128, 64, 3, 3],
    'features.7': [128, 128, 3, 3],
    'features.10': [256, 128, 3, 3],
    'features.12': [256, 256, 3, 3],
    'features.14': [256, 256, 3, 3],
    'features.17': [512, 256, 3, 3],
    'features.19': [512, 512, 3, 3],
    'features.21': [512, 512, 3, 3],
    'features.24': [512, 512, 3, 3],
    'features.26': [512, 512, 3, 3],
    'features.28': [512, 512, 3, 3],
  },
  alexnet: {
    'features.0': [64, 3, 11, 11],
    'features.3': [192, 64, 5, 5],
    'features.6': [384, 192, 3, 3],
    'features.8': [256, 384, 3, 3],
    'features.10': [256, 256, 3, 3],
  },
  squeezenet: {
    'features.0': [64, 3, 3, 3],
    'features.3.squeeze': [16, 64, 1, 1],
    'features.3.expand1x1': [64, 16, 1, 1],
    'features.3.expand3x3': [64, 16, 3, 3],
    'features.4.squeeze': [16, 128, 1, 1],
    'features.4.expand1x1': [64, 16, 1, 1],
    'features.4.expand3x3': [64, 16, 3, 3],
    'features.6.squeeze': [32, 128, 1, 1],
    'features.6.expand1x1': [128, 32, 1, 1],
    'features.6.expand3x3': [128, 32, 3, 3],
    'features.7.squeeze': [32, 256, 1, 1],
    'features.7.expand1x1': [128, 32, 1, 1],
    'features.7.expand3x3': [128, 32, 3, 3],
    'features.9.squeeze': [48, 256, 1, 1],
    'features.9.expand1x1': [192, 48, 1, 1],
    'features.9.expand3x3': [192, 48, 3, 3],
    'features.10.squeeze': [48, 384, 1, 1],
    'features.10.expand1x1': [192, 48, 1, 1],
    'features.10.expand3x3': [192, 48, 3, 3],
    'features.11.squeeze': [64, 384, 1, 1],
    'features.11.expand1x1': [256, 64, 1, 1],
    'features.11.expand3x3': [256, 64, 3, 3],
    'features.12.squeeze': [64, 512, 1, 1],
    'features.12.expand1x1': [256, 64, 1, 1],
    'features.12.expand3x3': [256, 64, 3, 3],
  },
};
