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
// there could run code here. Where there is none that can be written, nothing is kept; NODE_COMPILE_CACHE
// names another one, and NODE_DISABLE_COMPILE_CACHE=1 turns it off.
function keepCompiledCode() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  var builtin = process.getBuiltinModule;
  var path = builtin('node:path');
  var folder;
  try {
    folder = process.env.XDG_CACHE_HOME || path.join(builtin('node:os').homedir(), '.cache');
    // One by one: Node would try for ever where a folder cannot be made, as in /proc.
    makeFolder(folder);
    folder = path.join(folder, 'celeriac');
    makeFolder(folder);
    if (isOurs(folder)) builtin('node:module').enableCompileCache(folder);
  } catch (_) {
    // It starts as it did without.
  }
}

function makeFolder(folder) {
  try {
    process.getBuiltinModule('node:fs').mkdirSync(folder, 448);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

// Nobody else has it, and nobody else may write there.
function isOurs(folder) {
  var found = process.getBuiltinModule('node:fs').statSync(folder);
  return !process.getuid || (found.uid === process.getuid() && (found.mode & 18) === 0);
}
