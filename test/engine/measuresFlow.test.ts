import { describe, it } from 'node:test';
import { attentionFlow } from '../../src/engine/measures/flow';
import { assertClose, Golden, measureFiles } from './measuresGolden';

for (const path of measureFiles) {
  describe(`attention flow of ${path.replace(/^.*\//, '')}`, () => {
    it('is the maximum flow that networkx finds', async () => {
      const golden = await Golden.read(path);
      assertClose(
        attentionFlow(golden.layers('attentions.self')).data,
        golden.floats('flow.self').data,
        1e-5,
        'flow',
      );
    });
  });
}
