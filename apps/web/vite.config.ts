import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where the development server finds the Sluice server. */
const SERVER = process.env['SLUICE_SERVER'] ?? 'http://127.0.0.1:4400';

export default defineConfig({
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': SERVER,
      '/hooks': SERVER,
      '/socket.io': { target: SERVER, ws: true },
    },
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 900 },
});
