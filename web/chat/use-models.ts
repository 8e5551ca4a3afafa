// The models that can answer, asked for once and only where they are shown.

import { useQuery } from '@tanstack/react-query';
import { listModels } from '../api/models.ts';

export const useModels = (enabled = true) => useQuery({ queryKey: ['models'], queryFn: listModels, enabled });
