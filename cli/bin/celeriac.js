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
  keepCompiledCode();
  import('../dist/main.js').catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n');
    process.exit(1);
  });
}

// What Node has compiled is kept for the next start, which takes a fifth less time. In a folder of the user's own: who could write
// there could run code here. Where that is not possible, and with NODE_DISABLE_COMPILE_CACHE=1, nothing is kept.
function keepCompiledCode() {
  var path = process.getBuiltinModule('node:path');
  var caches =
    process.env.XDG_CACHE_HOME || path.join(process.getBuiltinModule('node:os').homedir(), '.cache');
  process.getBuiltinModule('node:module').enableCompileCache(path.join(caches, 'celeriac'));
}
