import { Engine } from './session/engine';
import { serve } from './serve';

serve((start, events) => new Engine({ ...start, events }));
