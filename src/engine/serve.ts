import type { EngineCalls, EngineEvents } from '../protocol/engine';
import { connectToEngineClient } from '../protocol/rpc';
import type { Channel, EngineStart } from '../protocol/rpc';

/**
 * Makes this process an engine that serves the one that forked it, until that one goes away.
 * @param create makes the engine from the start options and from where its events go.
 * @param options an {@link EngineStart} as JSON; default: the process's first argument
 */
export function serve(
  create: (start: EngineStart, events: EngineEvents) => EngineCalls,
  options = process.argv[2] ?? '',
): void {
  if (!process.send) {
    process.stderr.write(
      'This is the engine that Headlight starts by itself; use the `headlight` command instead.\n',
    );
    process.exitCode = 2;
    return;
  }
  process.title = 'headlight-engine';
  // A parent that crashed closes the channel: an engine without a caller has nothing left to do.
  process.once('disconnect', () => process.exit(0));

  const start = JSON.parse(options) as EngineStart;
  const client = connectToEngineClient(parentChannel(), {
    inspect: (call, request) => engine.inspect(call, request),
    openAttention: (call, request) => engine.openAttention(call, request),
    attention: (call, request) => engine.attention(call, request),
    tokenAttention: (call, request) => engine.tokenAttention(call, request),
    expectations: (call, request) => engine.expectations(call, request),
    promptCost: (call, request) => engine.promptCost(call, request),
    measureHeads: (call, request) => engine.measureHeads(call, request),
    sinkCalibration: (call, request) => engine.sinkCalibration(call, request),
    distribution: (call, request) => engine.distribution(call, request),
    surprisal: (call, request) => engine.surprisal(call, request),
    generate: (call, request) => engine.generate(call, request),
    changes: (call, request) => engine.changes(call, request),
    relate: (call, request) => engine.relate(call, request),
    describe: (call, model, onnx) => engine.describe(call, model, onnx),
    outlineDataSet: (call, source) => engine.outlineDataSet(call, source),
    openDataSet: (call, request) => engine.openDataSet(call, request),
    runDataSet: (call, dataSet) => engine.runDataSet(call, dataSet),
    instances: (call, dataSet) => engine.instances(call, dataSet),
    rowTexts: (call, request) => engine.rowTexts(call, request),
    textOrder: (call, dataSet) => engine.textOrder(call, dataSet),
    searchDataSet: (call, request) => engine.searchDataSet(call, request),
    projectDataSet: (call, dataSet) => engine.projectDataSet(call, dataSet),
    dataSetScores: (call, dataSet) => engine.dataSetScores(call, dataSet),
    cancel: (call) => engine.cancel(call),
    alive: () => Promise.resolve(),
  });
  const engine = create(start, {
    progress: (call, progress) => void client.progress(call, progress),
    log: (level, message) => void client.log(level, message),
  });
}

/** Messages to and from the process that forked this one. */
function parentChannel(): Channel {
  return {
    post: (message) =>
      new Promise<void>((resolve, reject) => {
        process.send?.(message, undefined, {}, (error) => (error ? reject(error) : resolve()));
      }),
    listen: (receive) => {
      process.on('message', receive);
      return () => process.off('message', receive);
    },
  };
}
