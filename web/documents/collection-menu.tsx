// Chooses the collection whose documents are shown, and makes new ones.

import { ChevronDown, Folder, FolderPlus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { MenuButton, type MenuItem } from '../ui/menu-button.tsx';
import { useCollections } from './documents.ts';

const NewCollection = lazy(() => import('./new-collection.tsx').then((module) => ({ default: module.NewCollection })));

type Props = { value: string | undefined; onChange: (id: string | undefined) => void };

export function CollectionMenu({ value, onChange }: Props) {
  const collections = useCollections();
  const [making, setMaking] = useState(false);
  const chosen = collections.data?.find((each) => each.id === value);
  const items: MenuItem[] = [
    { label: strings.documents.all, icon: Folder, checked: value === undefined, onSelect: () => onChange(undefined) },
    ...(collections.data ?? []).map((each) => ({
      label: each.name,
      icon: Folder,
      checked: each.id === value,
      onSelect: () => onChange(each.id),
    })),
    { label: strings.documents.newCollection, icon: FolderPlus, onSelect: () => setMaking(true) },
  ];
  return (
    <>
      <MenuButton items={items} align="start">
        {(props) => (
          <Button {...props} icon={Folder}>
            {chosen?.name ?? strings.documents.all}
            <ChevronDown aria-hidden size={14} strokeWidth={1.75} />
          </Button>
        )}
      </MenuButton>
      {making ? (
        <Suspense>
          <NewCollection
            onDone={(id) => {
              setMaking(false);
              if (id) onChange(id);
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
