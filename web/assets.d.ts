// Tells the compiler what Vite makes of imports that are not code.

declare module '*.css';
