import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  // The gateway may live below a path, and the page with it.
  base: './',
  plugins: [react()],
  resolve: { conditions: ['celeriac-source', ...defaultClientConditions] },
  build: { target: 'es2023', sourcemap: true },
});
