#!/usr/bin/env node
// Old syntax and no static import, so that an old Node reaches the check and says so in one line.
var needed = [22, 18];
var found = process.versions.node.split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    'celeriac needs Node ' + needed.join('.') + ' or newer; this is ' + process.versions.node + '\n',
  );
  process.exit(2);
} else {
  import('../dist/main.js').catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n');
    process.exit(1);
  });
}
