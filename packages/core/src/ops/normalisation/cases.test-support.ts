import { random, type OpCases } from "../op-case.test-support.js";

const positive = (n: number) => random([n], { low: 0.5, high: 2 });

export const normalisationCases: OpCases = {
  BatchNormalization: [
    {
      inputs: [random([2, 3, 4, 5]), random([3]), random([3]), random([3]), positive(3)],
      attrs: { epsilon: 1e-3 },
    },
    { inputs: [random([4, 3]), random([3]), random([3]), random([3]), positive(3)] },
    {
      inputs: [
        random([3, 2, 4, 3]),
        random([2]),
        random([2]),
        random([2], { fixed: true }),
        random([2], { low: 0.5, high: 2, fixed: true }),
      ],
      attrs: { training_mode: 1, epsilon: 1e-3, momentum: 0.9 },
      outputs: 3,
      weighted: 1,
    },
    {
      inputs: [
        random([3, 2, 4, 3]),
        random([2]),
        random([2]),
        random([2], { fixed: true }),
        random([2], { low: 0.5, high: 2, fixed: true }),
      ],
      attrs: { training_mode: 1, momentum: 0 },
      outputs: 3,
      weighted: 1,
    },
  ],
  GroupNormalization: [
    { inputs: [random([2, 6, 3, 4]), random([6]), random([6])], attrs: { num_groups: 3, epsilon: 1e-3 } },
    { inputs: [random([2, 4, 5]), random([4]), random([4])], attrs: { num_groups: 1 } },
  ],
  InstanceNormalization: [
    { inputs: [random([2, 3, 4, 5]), random([3]), random([3])], attrs: { epsilon: 1e-3 } },
    { inputs: [random([2, 3, 8]), random([3]), random([3])] },
  ],
  LayerNormalization: [
    { inputs: [random([2, 3, 8]), random([8]), random([8])], attrs: { epsilon: 1e-3 } },
    { inputs: [random([2, 3, 8]), random([8])] },
    { inputs: [random([2, 3, 4]), random([3, 4]), random([3, 4])], attrs: { axis: 1 } },
    { inputs: [random([2, 3, 8]), random([8]), random([8])], outputs: 3, weighted: 1 },
  ],
};
