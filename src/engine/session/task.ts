import type { ModelSummary } from '../../protocol/model';
import { isMicrosoft, isOnnx, type Model, type ValueType } from '../onnx/graph';
import { Wiring } from '../onnx/wiring';
import type { ModelConfig } from './folder';

/** Outputs that carry the answer, in the order in which one is chosen; else the first output that is no cache. */
const answerNames = [
  'logits',
  'logits_per_image',
  'last_hidden_state',
  'sentence_embedding',
  'pooler_output',
];

/** The output that holds the model's answer. */
export function answerOf(model: Model): ValueType {
  const outputs = model.graph.outputs;
  for (const name of answerNames) {
    const found = outputs.find((output) => output.name === name);
    if (found !== undefined) return found;
  }
  return outputs.find((output) => !/^present|past/.test(output.name)) ?? outputs[0];
}

/**
 * What a model is for: by the class that made it where `config.json` says, else by the shape of what it gives.
 * @param hasMask whether the vocabulary has a mask token: then a language model without a class is a masked one
 */
export function taskOf(model: Model, config: ModelConfig, hasMask: boolean): ModelSummary['task'] {
  const inputs = new Set(model.graph.inputs.map((input) => input.name));
  const { architecture } = config;
  if (/Parser$/.test(architecture)) return 'parser';
  if (inputs.has('pixel_values') && !inputs.has('input_ids')) return 'image';
  if (inputs.has('decoder_input_ids') || (inputs.has('encoder_hidden_states') && inputs.has('input_ids')))
    return 'seq2seq';
  if (/For(Sequence|Token)Classification|ForMultipleChoice|CLIPModel/.test(architecture))
    return 'classification';
  const answer = answerOf(model);
  const givesLogits = answer.name === 'logits' || answer.name === 'logits_per_image';
  if (givesLogits && answer.dims?.length === 2) return 'classification';
  if (!givesLogits && /hidden_state|embedding|pooler/.test(answer.name)) return 'embedding';
  if (/ForMaskedLM|ForPreTraining/.test(architecture)) return 'masked-lm';
  if (/ForCausalLM|LMHeadModel/.test(architecture)) return 'causal-lm';
  if (answer.dims?.length === 3) {
    const hasCausalInputs = [...inputs].some((name) => /^past/.test(name)) || inputs.has('position_ids');
    return hasMask && !hasCausalInputs ? 'masked-lm' : 'causal-lm';
  }
  return answer.dims?.length === 2 ? 'classification' : 'unknown';
}

/** How the weights are kept: `float32`, `float16`, `int8 (dynamic)`, `4-bit blocks` ... */
export function quantisationOf(model: Model): string {
  const nodes = model.graph.nodes;
  if (nodes.some((node) => isMicrosoft(node, 'MatMulNBits', 'GatherBlockQuantized'))) return '4-bit blocks';
  if (
    nodes.some(
      (node) =>
        isOnnx(node, 'MatMulInteger', 'DynamicQuantizeLinear') ||
        isMicrosoft(node, 'QAttention', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat'),
    )
  ) {
    return 'int8 (dynamic)';
  }
  if (nodes.some((node) => isOnnx(node, 'DequantizeLinear'))) return 'int8 (quantise–dequantise)';
  const count = new Map<number, number>();
  const wiring = new Wiring(model.graph);
  let castToFloat = 0;
  for (const tensor of model.graph.initializers.values()) {
    const size = tensor.dims.reduce((product, dim) => product * dim, 1);
    count.set(tensor.type, (count.get(tensor.type) ?? 0) + size);
    if (tensor.type === 10 && wiring.consumers(tensor.name).every(({ node }) => isOnnx(node, 'Cast')))
      castToFloat += size;
  }
  const half = count.get(10) ?? 0;
  const single = count.get(1) ?? 0;
  if (half <= single) return 'float32';
  return castToFloat > half / 2 ? 'float16 weights, float32 arithmetic' : 'float16';
}
