import { MemoryEngine } from '../memory/memory-engine.ts';
import { describeEngine } from './suite.ts';

describeEngine('memory engine', () => ({ engine: () => new MemoryEngine(), dispose() {} }));
