/**
 * To be imported before n8n-core: n8n writes an encryption key below its user folder as soon as it
 * is loaded, and that must not be the real one.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import 'reflect-metadata';

process.env.N8N_USER_FOLDER = mkdtempSync(path.join(tmpdir(), 'yisign-engine-'));
process.env.N8N_LOG_LEVEL ??= 'silent';
process.env.N8N_DIAGNOSTICS_ENABLED = 'false';
