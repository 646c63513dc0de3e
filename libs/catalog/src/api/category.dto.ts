import { ApiProperty } from '@nestjs/swagger';
import { IsId, IsText, Optional } from '@holdfast/http';
import type { CategoryView } from '../application/category.queries';
import type { ChangeCategory, CreateCategory } from '../application/category.service';
import { OrNull } from './product.dto';

export class CreateCategoryDto implements CreateCategory {
  /** Unlike that of any other beside it, in any case. @example "Decoration" */
  @IsText(1, 100)
  name!: string;

  /** What it stands under; null, the default, for the top. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  parentId?: string | null;
}

/** Every property may be left out, and then stays as it is. */
export class ChangeCategoryDto implements ChangeCategory {
  /** @example "Decoration" */
  @Optional()
  @IsText(1, 100)
  name?: string;

  /** What it shall stand under, with all that is under it; null for the top. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  parentId?: string | null;
}

export class CategoryDto implements CategoryView {
  @IsId()
  id!: string;
  /** @example "Decoration" */
  name!: string;
  /** Null at the top. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  parentId!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class CategoryListDto {
  items!: CategoryDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
