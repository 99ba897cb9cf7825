import { childrenSuite, poolSuite } from './suite.ts';

poolSuite('threads');
childrenSuite('threads');
