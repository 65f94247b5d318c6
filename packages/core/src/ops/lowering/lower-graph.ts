import type { Graph } from "../../graph/index.js";
import { lowerConvGradients, type LowerOptions } from "./lower-conv-gradients.js";
import { lowerFusedProducts } from "./lower-fused-products.js";
import { lowerMaxPlaces } from "./lower-max-places.js";
import { lowerTrainingBatchNorm } from "./lower-training-batch-norm.js";
import { CPU } from "./target.js";

/** Write a graph in operators that its target runs. */
export function lowerGraph(graph: Graph, options: LowerOptions = {}): Graph {
  const { target = CPU } = options;
  let lowered = lowerConvGradients(graph, options);
  if (!target.fusedMatMul) lowered = lowerFusedProducts(lowered);
  if (!target.trainingBatchNorm) lowered = lowerTrainingBatchNorm(lowered);
  if (!target.maxPlaces) lowered = lowerMaxPlaces(lowered);
  return lowered;
}
