import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeBuilder } from '../../src/engine/onnx/builder';
import { copyModel } from '../../src/engine/onnx/copy';
import { ElementType, type Model, type ValueType } from '../../src/engine/onnx/graph';
import { readModel } from '../../src/engine/onnx/read';
import { prune, topologicalOrder } from '../../src/engine/onnx/wiring';
import { encodeModel } from '../../src/engine/onnx/write';
import { findSites } from '../../src/engine/sites/find';
import { Sketch, width } from './attentionGraphs';

const bert = join(__dirname, '..', 'fixtures', 'models', 'bert');

/** The fixture's BERT without its head, as a folder of the hub: its tokenizer, other outputs. */
function writeBert(
  folder: string,
  architecture: string,
  answer: (model: Model, lastState: string) => ValueType,
): void {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'])
    cpSync(join(bert, name), join(folder, name));
  const original = readModel(join(bert, 'eager-ts', 'model.onnx'));
  const model = copyModel(original);
  // The classifier goes; what it is called is wanted for others.
  for (const node of model.graph.nodes)
    node.outputs = node.outputs.map((name) => (name === 'logits' ? 'classes' : name));
  const last = findSites(original).hiddenStates.get('self')?.at(-1);
  if (last === undefined) throw new Error('BERT has no hidden states.');
  model.graph.outputs = [answer(model, last)];
  model.graph.nodes = topologicalOrder(model.graph);
  prune(model.graph);
  // Large weights stay in the file that they were read from.
  for (const [name, tensor] of model.graph.initializers) {
    if (tensor.content.kind !== 'external') continue;
    const content = { ...tensor.content, location: 'weights.bin' };
    model.graph.initializers.set(name, { ...tensor, content });
  }
  writeFileSync(join(folder, 'onnx', 'model.onnx'), encodeModel(model));
  cpSync(join(bert, 'eager-ts', 'model.onnx'), join(folder, 'onnx', 'weights.bin'));
  writeConfig(folder, { architectures: [architecture], model_type: 'bert', max_position_embeddings: 64 });
}

function writeConfig(folder: string, config: Readonly<Record<string, unknown>>): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ pad_token_id: 0, ...config }));
}

/** An embedding model: the last hidden state of every token. */
export function writeEmbedder(folder: string): void {
  writeBert(folder, 'BertModel', (model, last) => {
    const build = new NodeBuilder(model.graph, 'test');
    build.node('Identity', [last], ['last_hidden_state']);
    build.appendTo();
    return { name: 'last_hidden_state', type: ElementType.float, dims: ['batch', 'sequence', 48] };
  });
}

/** A masked language model: the last hidden state against every word embedding. */
export function writeMaskedModel(folder: string): void {
  writeBert(folder, 'BertForMaskedLM', (model, last) => {
    const [{ tensor, vocabulary }] = findSites(model).embeddings;
    const table = model.graph.nodes.find(({ outputs }) => outputs.includes(tensor))?.inputs[0];
    if (table === undefined) throw new Error('BERT has no table of embeddings.');
    const build = new NodeBuilder(model.graph, 'test');
    build.node('MatMul', [last, build.transpose(table, [1, 0])], ['logits']);
    build.appendTo();
    return { name: 'logits', type: ElementType.float, dims: ['batch', 'sequence', vocabulary] };
  });
}

/** Words of the translator on both sides, by their ids. */
const translated = [
  ...['<pad>', '<unk>', 'the', 'house', 'is', 'old', 'and', 'small', 'a', 'dog', 'sees'],
  ...['das', 'Haus', 'ist', 'alt', 'und', 'klein', 'ein', 'Hund', 'sieht'],
];

/** An encoder-decoder with two layers each, of random weights, that knows twenty words. */
export function writeTranslator(folder: string): void {
  const sketch = new Sketch(3);
  let memory = sketch.embed('input_ids');
  for (let layer = 0; layer < 2; layer++) memory = sketch.layer(memory);
  memory = sketch.norm(memory);
  let said = sketch.embed('decoder_input_ids');
  for (let layer = 0; layer < 2; layer++) said = sketch.layer(said, { memory });
  const logits = sketch.linear(sketch.norm(said), translated.length);
  sketch.build.node('Identity', [logits], ['logits']);
  const model = sketch.model();
  model.graph.outputs = [
    { name: 'logits', type: ElementType.float, dims: ['batch', 'decoder_input_ids', translated.length] },
  ];
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  writeFileSync(join(folder, 'onnx', 'model.onnx'), encodeModel(model));
  const vocab = Object.fromEntries(translated.map((word, id) => [word, id]));
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  writeFileSync(
    join(folder, 'tokenizer.json'),
    JSON.stringify({
      version: '1.0',
      added_tokens: [0, 1].map((id) => ({ id, content: translated[id], ...special })),
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
    }),
  );
  writeConfig(folder, {
    architectures: ['SketchForConditionalGeneration'],
    is_encoder_decoder: true,
    decoder_start_token_id: 0,
    d_model: width,
    vocab_size: translated.length,
  });
}
