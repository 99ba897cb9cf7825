import { add, bake } from './tasks.ts';

const sum = add.delay(2, 2);
console.log(`2 + 2 = ${await sum.get({ timeout: 10 })}`);

const cake = bake.delay('carrot');
cake.on('state', ({ state }) => console.log(state));
cake.on('progress', ({ info }) => console.log(info));
console.log(await cake.get({ timeout: 10 }));
