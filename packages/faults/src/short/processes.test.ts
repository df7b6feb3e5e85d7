import { playShort } from '../testing/play-short.ts';

playShort('processes');
