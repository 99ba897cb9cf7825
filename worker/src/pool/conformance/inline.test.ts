import { poolSuite } from './suite.ts';

poolSuite('inline');
